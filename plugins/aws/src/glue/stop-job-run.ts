import { defineTask, dynamic, followRun, text } from "@capstan/sdk";
import { z } from "zod";
import { serviceProperties } from "../service.ts";
import { getJobRun, interval, jobRunOutputs, jobRuns, openGlue, outputsOf, stopJobRun } from "./job-run.ts";

/** Stops a run of a job. */
export const stopJobRunTask = defineTask({
  type: "io.kestra.plugin.aws.glue.StopJobRun",
  title: "Stop a run of a job of Glue",
  description: "However the run ends then, the task succeeds, and says how.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      jobName: text().describe("Name of the job."),
      jobRunId: text().describe("What Glue calls the run: the output `jobRunId` of the task that started it."),
      wait: dynamic(z.boolean()).default(true).describe("Whether to wait for the end of the run. Default: true."),
      interval: interval(),
    }),
  outputs: jobRunOutputs,
  examples: [
    {
      title: "Stop a run that nobody needs any more",
      code: 'id: stop\ntype: io.kestra.plugin.aws.glue.StopJobRun\njobName: load-orders\njobRunId: "{{ outputs.load.jobRunId }}"\n',
    },
  ],
  async run(context) {
    const { properties, signal } = context;
    const { jobName, jobRunId, wait, interval: pollFrequency } = properties;
    const run = { jobName, jobRunId };
    using glue = await openGlue(context);
    await stopJobRun(glue, run, signal);
    if (!wait) return outputsOf(run, await getJobRun(glue, run, signal));
    const { ends, ...runs } = jobRuns(glue, { jobName });
    const anyEnd = Object.fromEntries(Object.keys(ends).map((state) => [state, "SUCCESS" as const]));
    return await followRun(context, { ...runs, ends: anyEnd }, run, { pollFrequency });
  },
});

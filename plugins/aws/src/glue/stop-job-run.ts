import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { awaitRun } from "../remote-run.ts";
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
    const { jobName, jobRunId, wait, interval: every } = properties;
    using glue = await openGlue(context);
    await stopJobRun(glue, { jobName, jobRunId }, signal);
    const run = { jobName, jobRunId };
    const seen = wait
      ? await awaitRun(context, jobRuns(glue, { jobName }), run, { interval: every })
      : await getJobRun(glue, run);
    return outputsOf(run, seen);
  },
});

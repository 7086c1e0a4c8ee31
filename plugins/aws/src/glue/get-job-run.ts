import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { serviceProperties } from "../service.ts";
import { getJobRun, jobRunOutputs, openGlue, outputsOf } from "./job-run.ts";

/** Looks at a run of a job. */
export const getJobRunTask = defineTask({
  type: "io.kestra.plugin.aws.glue.GetJobRun",
  title: "Look at a run of a job of Glue",
  properties: () =>
    z.object({
      ...serviceProperties(),
      jobName: text().describe("Name of the job."),
      runId: text().describe("What Glue calls the run: the output `jobRunId` of the task that started it."),
    }),
  outputs: jobRunOutputs,
  examples: [
    {
      title: "See how a run is doing",
      code: 'id: look\ntype: io.kestra.plugin.aws.glue.GetJobRun\njobName: load-orders\nrunId: "{{ outputs.load.jobRunId }}"\n',
    },
  ],
  async run(context) {
    const { jobName, runId: jobRunId } = context.properties;
    using glue = await openGlue(context);
    const run = await getJobRun(glue, { jobName, jobRunId }, context.signal);
    context.log.info(`The run of ${jobName} is ${run.JobRunState}`);
    return outputsOf({ jobName, jobRunId }, run);
  },
});

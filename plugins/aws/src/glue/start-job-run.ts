import { defineTask, duration, dynamic, TaskFailure, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { awaitRun, startRun } from "../remote-run.ts";
import { serviceProperties } from "../service.ts";
import { interval, jobRunOutputs, jobRuns, openGlue, outputsOf } from "./job-run.ts";

/** Starts a job and waits for its end. */
export const startJobRun = defineTask({
  type: "io.kestra.plugin.aws.glue.StartJobRun",
  title: "Run a job of Glue",
  description: "A run that does not succeed fails the task with Glue's reason. A kill stops the run.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      jobName: text().describe("Name of the job."),
      arguments: textMap()
        .optional()
        .describe("Arguments of this run, such as `--day`, over those that the job has anyway."),
      wait: dynamic(z.boolean())
        .default(true)
        .describe("Whether to wait for the end of the run. Without, nothing is known of how it ends. Default: true."),
      maxDuration: duration()
        .optional()
        .describe("Longest wait. The task fails when it is over, and the run goes on. Default: as long as it takes."),
      interval: interval(),
    }),
  outputs: jobRunOutputs,
  examples: [
    {
      title: "Run the job of a day",
      code: "id: load\ntype: io.kestra.plugin.aws.glue.StartJobRun\njobName: load-orders\narguments:\n  --day: \"{{ trigger.date | date('yyyy-MM-dd') }}\"\nmaxDuration: PT2H\ninterval: PT10S\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    using glue = await openGlue(context);
    const runs = jobRuns(glue, properties);
    const run = await startRun(context, runs);
    log.info(`The run of ${run.jobName} is started: ${run.jobRunId}`);
    if (!properties.wait) return { ...run };
    const ended = await awaitRun(context, runs, run, properties);
    const outputs = outputsOf(run, ended);
    if (ended.JobRunState === "SUCCEEDED") return outputs;
    const reason = ended.ErrorMessage === undefined ? "" : `: ${ended.ErrorMessage.trim().replace(/\.$/, "")}`;
    throw new TaskFailure(
      `The run of ${run.jobName} ended ${ended.JobRunState}${reason}. Glue knows it as ${run.jobRunId}.`,
      {
        outputs,
      },
    );
  },
});

import { defineTask, duration, runRemotely, text, textMap, waitProperty } from "@capstan/sdk";
import { z } from "zod";
import { serviceProperties } from "../service.ts";
import { interval, jobRunOutputs, jobRuns, openGlue } from "./job-run.ts";

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
      wait: waitProperty(true),
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
    const { properties } = context;
    using glue = await openGlue(context);
    return await runRemotely(context, jobRuns(glue, properties), { ...properties, pollFrequency: properties.interval });
  },
});

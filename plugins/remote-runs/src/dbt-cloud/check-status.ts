import { followRun, defineTask, maxDurationProperty, pollProperty } from "@capstan/sdk";
import { z } from "zod";
import { numericId } from "../numeric-id.ts";
import { keptArtifacts } from "./artifacts.ts";
import { accountApi, connectionProperties } from "./connection.ts";
import { accountRuns } from "./runs.ts";

/** Waits for a run of dbt Cloud. */
export const checkStatus = defineTask({
  type: "io.kestra.plugin.dbt.cloud.CheckStatus",
  title: "Wait for a dbt Cloud run",
  description: "Waits for the end of a run that something else has started. A kill of this task leaves the run alone.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      runId: numericId().describe("Id of the run, such as `runId` of a `TriggerRun` with `wait: false`."),
      pollFrequency: pollProperty(5_000),
      maxDuration: maxDurationProperty(3_600_000),
    }),
  outputs: () =>
    z.object({
      runResults: z.string().optional().describe("The file `run_results.json`, if the run wrote it."),
      manifest: z.string().optional().describe("The file `manifest.json`, if the run wrote it."),
    }),
  examples: [
    {
      title: "Wait for a run that was started before",
      code:
        'id: wait\ntype: io.kestra.plugin.dbt.cloud.CheckStatus\naccountId: "12345"\nrunId: "{{ outputs.build.runId }}"\n' +
        "token: \"{{ secret('DBT_CLOUD_API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { runId, parseRunResults } = context.properties;
    const api = accountApi(context);
    const { cancel: _cancel, ...runs } = accountRuns(api, async (id, signal) =>
      parseRunResults ? keptArtifacts(context, api, id, signal) : {},
    );
    return followRun(context, { ...runs, outputs: () => ({}) }, runId, context.properties);
  },
});

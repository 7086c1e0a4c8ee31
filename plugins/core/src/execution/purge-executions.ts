import { defineTask, dynamic, instant, listOrText, text } from "@capstan/sdk";
import { z } from "zod";

const whether = (what: string) => dynamic(z.boolean()).default(true).describe(`Whether to delete ${what}.`);

/** Deletes what ended executions left behind. */
export const purgeExecutions = defineTask({
  type: "io.kestra.plugin.core.execution.PurgeExecutions",
  aliases: ["io.kestra.core.tasks.storages.Purge", "io.kestra.plugin.core.storage.Purge"],
  title: "Delete old executions",
  description: "Only executions that have ended are deleted.",
  properties: () =>
    z.object({
      namespace: text().optional().describe("Namespace of the flows; without `flowId` its children are included."),
      flowId: text().optional().describe("Flow of the executions; needs `namespace`."),
      startDate: instant().optional().describe("Only executions from this date on."),
      endDate: instant().describe("Only executions up to this date."),
      states: listOrText().optional().describe("Only executions in these states."),
      purgeExecution: whether("the executions"),
      purgeLog: whether("their logs"),
      purgeMetric: whether("their metrics"),
      purgeStorage: whether("their files"),
      batchSize: dynamic(z.int().min(1))
        .default(100)
        .describe("How many executions are deleted at once, at most; fewer where they are large."),
    }),
  outputs: () =>
    z.object({
      executionsCount: z.int().describe("Executions deleted."),
      logsCount: z.int().describe("Log lines deleted."),
      storagesCount: z.int().describe("Files deleted."),
      metricsCount: z.int().describe("Metrics deleted."),
    }),
  examples: [
    {
      title: "Delete successful executions older than a month",
      code:
        "id: purge\ntype: io.kestra.plugin.core.execution.PurgeExecutions\n" +
        "endDate: \"{{ now() | dateAdd(-1, 'MONTHS') }}\"\nstates:\n  - SUCCESS\n",
    },
  ],
  async run({ properties, services }) {
    const { namespace, flowId, startDate, endDate, states, batchSize } = properties;
    const purged = await services.executions.purge({
      endDate,
      batchSize,
      executions: properties.purgeExecution,
      logs: properties.purgeLog,
      metrics: properties.purgeMetric,
      storage: properties.purgeStorage,
      ...(namespace === undefined ? {} : { namespace }),
      ...(flowId === undefined ? {} : { flowId }),
      ...(startDate === undefined ? {} : { startDate }),
      ...(states === undefined ? {} : { states }),
    });
    return {
      executionsCount: purged.executions,
      logsCount: purged.logs,
      storagesCount: purged.storages,
      metricsCount: purged.metrics,
    };
  },
});

import { defineTask, dynamic, instant, text } from "@capstan/sdk";
import { z } from "zod";
import { LEVELS } from "./level.ts";

/** Deletes log lines by flow, severity and age. */
export const purgeLogs = defineTask({
  type: "io.kestra.plugin.core.log.PurgeLogs",
  title: "Delete old logs",
  properties: () =>
    z.object({
      namespace: text().optional().describe("Namespace of the logs; without `flowId` its children are included."),
      flowId: text().optional().describe("Flow of the logs."),
      executionId: text().optional().describe("Execution of the logs."),
      logLevels: dynamic(z.array(dynamic(z.enum(LEVELS))))
        .optional()
        .describe("Only lines of these severities."),
      startDate: instant().optional().describe("Only lines from this date on."),
      endDate: instant().describe("Only lines up to this date."),
    }),
  outputs: () => z.object({ count: z.int().describe("Number of lines deleted.") }),
  examples: [
    {
      title: "Delete the logs older than a month",
      code: "id: purge\ntype: io.kestra.plugin.core.log.PurgeLogs\nendDate: \"{{ now() | dateAdd(-1, 'MONTHS') }}\"\n",
    },
  ],
  async run({ properties: { logLevels, ...filter }, services }) {
    const options = { ...withoutUndefined(filter), ...(logLevels === undefined ? {} : { levels: logLevels }) };
    return { count: await services.executions.purgeLogs({ ...options, endDate: filter.endDate }) };
  },
});

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<Value>;
}

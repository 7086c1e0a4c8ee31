import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { ask, fitting, queryOutputs, queryProperties } from "./query-task.ts";

/** Asks Loki for values at one time. */
export const query = defineTask({
  type: "io.kestra.plugin.grafana.loki.Query",
  title: "Query Loki at one point in time",
  description: "For queries that calculate values; Loki gives lines over a range of time only (`QueryRange`).",
  properties: () =>
    z.object({
      ...queryProperties(),
      time: text().optional().describe("For which time: RFC 3339, or epoch nanoseconds. Default: now."),
    }),
  outputs: () => z.object(queryOutputs()),
  examples: [
    {
      title: "Count the errors of five minutes, by application",
      code:
        "id: errors\ntype: io.kestra.plugin.grafana.loki.Query\nurl: http://loki.example.com:3100\n" +
        'query: \'sum by (app) (count_over_time({env="prod"} |= "error" [5m]))\'\n',
    },
  ],
  run: async (context) => fitting({ ...(await ask(context, "query", { time: context.properties.time })) }),
});

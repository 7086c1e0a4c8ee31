import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { askRange, fitting, queryOutputs, queryProperties, rangeProperties } from "./query-task.ts";

/** `QueryRange` under the name that flows without the Grafana plugin have, with the lines as texts. */
export const linesQuery = defineTask({
  type: "io.kestra.plugin.loki.Query",
  title: "Query lines of Loki over a range of time",
  description:
    "Does what `io.kestra.plugin.grafana.loki.QueryRange` does, and gives the lines as a list of texts as well.",
  properties: () => z.object({ ...queryProperties(), ...rangeProperties() }),
  outputs: () =>
    z.object({ ...queryOutputs(), results: z.array(z.string()).describe("The lines, or the values, as texts only.") }),
  examples: [
    {
      title: "The errors of the hour before, for a message",
      code:
        'id: errors\ntype: io.kestra.plugin.loki.Query\nurl: http://loki.example.com:3100\nquery: \'{service="api"} |= "error"\'\n' +
        "start: \"{{ execution.startDate | dateAdd(-1, 'HOURS') }}\"\n",
    },
  ],
  async run(context) {
    const { logs, resultType } = await askRange(context);
    return fitting({ results: logs.map(({ line, value }) => line ?? value ?? ""), logs, resultType });
  },
});

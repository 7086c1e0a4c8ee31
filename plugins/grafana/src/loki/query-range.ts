import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { askRange, fitting, queryOutputs, queryProperties, rangeProperties } from "./query-task.ts";

/** Asks Loki for lines, or for values again and again, over a range of time. */
export const queryRange = defineTask({
  type: "io.kestra.plugin.grafana.loki.QueryRange",
  title: "Query Loki over a range of time",
  properties: () => z.object({ ...queryProperties(), ...rangeProperties() }),
  outputs: () => z.object(queryOutputs()),
  examples: [
    {
      title: "The newest errors of an hour",
      code:
        "id: errors\ntype: io.kestra.plugin.grafana.loki.QueryRange\nurl: https://loki.example.com\n" +
        'authToken: "{{ secret(\'LOKI_TOKEN\') }}"\ntenantId: team-a\nquery: \'{app="api"} |= "error"\'\nsince: 1h\nlimit: 1000\n',
    },
  ],
  run: async (context) => fitting({ ...(await askRange(context)) }),
});

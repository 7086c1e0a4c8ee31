import { defineTrigger, duration, text } from "@capstan/sdk";
import { z } from "zod";
import { connection } from "./connection.ts";
import { fluxRows } from "./flux-rows.ts";
import { queried, queryOutputs, queryOutputsOf } from "./query-outputs.ts";

const TYPE = "io.kestra.plugin.influxdb.FluxTrigger";

/** Asks again and again, and starts the flow while there are rows. */
export const fluxTrigger = defineTrigger({
  type: TYPE,
  title: "Start the flow while a query of InfluxDB in Flux has rows",
  description:
    "It starts the flow at each question while there are rows, so a query looks back as far as the `interval` is long, and filters what is of interest.",
  properties: () =>
    z.object({
      ...connection(),
      query: text().describe("The query, in Flux."),
      ...queried(),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    }),
  outputs: queryOutputs,
  examples: [
    {
      title: "Start when it was too hot in the last five minutes",
      code:
        `id: hot\ntype: ${TYPE}\ninterval: PT5M\nconnection:\n  url: http://influxdb:8086\n  token: "{{ secret('INFLUXDB_TOKEN') }}"\norg: acme\n` +
        'query: |\n  from(bucket: "sensors") |> range(start: -5m) |> filter(fn: (r) => r._field == "temperature" and r._value > 80.0)\nfetchType: FETCH\n',
    },
  ],
  async poll(context) {
    const { query, fetchType } = context.properties;
    const variables = await queryOutputsOf(fluxRows(context, query), fetchType, context.files);
    return variables.size === 0 ? undefined : { variables };
  },
});

import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connection } from "./connection.ts";
import { fluxRows } from "./flux-rows.ts";
import { queried, queryOutputs, queryOutputsOf } from "./query-outputs.ts";

const TYPE = "io.kestra.plugin.influxdb.FluxQuery";

/** Asks in Flux. */
export const fluxQuery = defineTask({
  type: TYPE,
  title: "Query InfluxDB in Flux",
  description: "Rows come as they are read, so that any number goes into a file. Values that are empty are left out.",
  properties: () => z.object({ ...connection(), query: text().describe("The query, in Flux."), ...queried() }),
  outputs: queryOutputs,
  examples: [
    {
      title: "The last hour, as a file",
      code:
        `id: hour\ntype: ${TYPE}\nconnection:\n  url: http://influxdb:8086\n  token: "{{ secret('INFLUXDB_TOKEN') }}"\norg: acme\n` +
        'query: |\n  from(bucket: "sensors") |> range(start: -1h)\nfetchType: STORE\n',
    },
  ],
  async run(context) {
    const { query, fetchType } = context.properties;
    const outputs = await queryOutputsOf(fluxRows(context, query), fetchType, context.files);
    context.log.info(`Read ${outputs.size} rows.`);
    context.metric({ name: "records", type: "counter", value: outputs.size });
    return outputs;
  },
});

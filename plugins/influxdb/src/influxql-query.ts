import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { callVendor, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { adviceFor, bucketOf, connection, type InfluxContext, requestOf } from "./connection.ts";
import { queried, queryOutputs, queryOutputsOf } from "./query-outputs.ts";

const TYPE = "io.kestra.plugin.influxdb.InfluxQLQuery";

const answer = () =>
  z.object({
    error: z.string().optional(),
    results: z
      .array(
        z.object({
          error: z.string().optional(),
          series: z
            .array(z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())).optional() }))
            .optional(),
        }),
      )
      .optional(),
  });

/** Asks in InfluxQL. */
export const influxqlQuery = defineTask({
  type: TYPE,
  title: "Query InfluxDB in InfluxQL",
  description:
    "The bucket is asked for as a database, for which InfluxDB must have a mapping. Values that are empty are left out.",
  properties: () => z.object({ ...connection(), query: text().describe("The query, in InfluxQL."), ...queried() }),
  outputs: queryOutputs,
  examples: [
    {
      title: "The last hour",
      code:
        `id: hour\ntype: ${TYPE}\nconnection:\n  url: http://influxdb:8086\n  token: "{{ secret('INFLUXDB_TOKEN') }}"\norg: acme\nbucket: sensors\n` +
        "query: SELECT * FROM room WHERE time > now() - 1h\nfetchType: FETCH\n",
    },
  ],
  async run(context) {
    const { query, fetchType } = context.properties;
    const outputs = await queryOutputsOf(influxqlRows(context, query), fetchType, context.files);
    context.log.info(`Read ${outputs.size} rows.`);
    context.metric({ name: "records", type: "counter", value: outputs.size });
    return outputs;
  },
});

async function* influxqlRows({ properties, signal }: InfluxContext, query: string) {
  const what = "The query in InfluxQL";
  const { value } = await callVendor(signal, {
    ...requestOf(properties, "/query"),
    what,
    params: { db: bucketOf(properties) },
    content: textBody(new URLSearchParams({ q: query }).toString(), "application/x-www-form-urlencoded"),
    answer: answer(),
    adviceFor,
  });
  const results = value.results ?? [];
  const error = value.error ?? results.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new TaskFailure(`${what} failed: ${error}`);
  for (const { series = [] } of results)
    for (const { columns, values = [] } of series)
      for (const row of values) {
        const known = columns.flatMap((name, index) => (row[index] == null ? [] : [[name, row[index]]]));
        if (known.length > 0) yield Object.fromEntries(known) as Record<string, unknown>;
      }
}

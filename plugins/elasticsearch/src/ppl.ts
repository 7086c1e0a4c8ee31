import { defineTask, deliverRows, dynamic, fetchType, rowOutputs, text } from "@capstan/sdk";
import { z } from "zod";
import { ask } from "./client.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { EXAMPLE_CONNECTION, opensearch } from "./engine.ts";
import { rowsOfTable } from "./table.ts";

interface PplAnswer {
  readonly schema?: readonly { readonly name: string; readonly alias?: string }[];
  readonly datarows?: readonly (readonly unknown[])[];
  readonly total?: number;
}

/** A query in the language of OpenSearch with pipes. */
export const ppl = defineTask({
  type: "io.kestra.plugin.opensearch.Ppl",
  title: "Query OpenSearch with PPL",
  properties: () =>
    z.object({
      ...commonProperties(opensearch),
      query: text().describe("The query, such as `source=orders | where state='NEW' | fields id, total`."),
      fetchSize: dynamic(z.int().min(1))
        .optional()
        .describe("How many rows the server answers. Default: what it is set to."),
      format: dynamic(z.enum(["JDBC", "CSV", "RAW"]))
        .default("JDBC")
        .describe("JDBC makes rows of the answer; CSV and RAW put its text into the output `text`. Default: JDBC."),
      fetchType: fetchType("FETCH"),
    }),
  outputs: () =>
    z.object({
      ...rowOutputs(),
      total: z.int().optional().describe("How many rows there are, as the server says."),
      text: z.string().optional().describe("The answer, with `format` CSV or RAW."),
    }),
  examples: [
    {
      title: "Orders by their state",
      code: `id: states\ntype: io.kestra.plugin.opensearch.Ppl\n${EXAMPLE_CONNECTION}query: source=orders | stats count() as orders by state\n`,
    },
  ],
  async run({ properties, signal, files, log, metric }) {
    const { connection, query, fetchSize, format, fetchType: how } = properties;
    const { value } = await ask(placeOf(connection), signal, {
      what: "The query",
      path: "/_plugins/_ppl",
      params: { format: format.toLowerCase() },
      body: { query, ...(fetchSize !== undefined && { fetch_size: fetchSize }) },
    });
    if (format !== "JDBC") {
      log.info(`The query was answered in ${format}.`);
      return { text: typeof value === "string" ? value : JSON.stringify(value ?? "") };
    }
    const { schema = [], datarows: values = [], total } = (value ?? {}) as PplAnswer;
    const columns = schema.map(({ name, alias }) => alias ?? name);
    const delivered = await deliverRows(rowsOfTable({ columns, values }), how, files);
    const size = values.length;
    metric({ name: "records", type: "counter", value: size });
    log.info(`Rows read: ${size}`);
    return { ...delivered, total: total ?? size };
  },
});

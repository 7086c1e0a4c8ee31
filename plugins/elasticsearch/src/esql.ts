import { setTimeout as delay } from "node:timers/promises";
import { anyValue, defineTask, deliverRows, dynamic, fetchType, listOrText, rowOutputs, text } from "@capstan/sdk";
import { z } from "zod";
import { ask, mapOf } from "./client.ts";
import { commonProperties, type Place, placeOf } from "./connection.ts";
import { elasticsearch, EXAMPLE_CONNECTION } from "./engine.ts";
import { rowsOfTable } from "./table.ts";

interface EsqlAnswer {
  readonly id?: string;
  readonly is_running?: boolean;
  readonly columns?: readonly { readonly name: string }[];
  readonly values?: readonly (readonly unknown[])[];
}

/** How long one question for the answer of an asynchronous query waits, on the server and before it. */
const WAIT = "30s";
const PAUSE_MS = 1_000;
const END_MS_MAX = 5_000;

/** A query in the language of Elasticsearch with pipes. */
export const esql = defineTask({
  type: "io.kestra.plugin.elasticsearch.Esql",
  title: "Query Elasticsearch with ES|QL",
  description: "The server answers 1,000 rows if the query has no LIMIT, and 10,000 at most.",
  properties: () =>
    z.object({
      ...commonProperties(elasticsearch),
      fetchType: fetchType("FETCH"),
      query: text().describe("The query, such as `FROM orders | WHERE state == ? | LIMIT 100`."),
      filter: anyValue()
        .optional()
        .describe("A query of the search API that documents must match before: a map, or its JSON."),
      params: listOrText().optional().describe("Values of the question marks in the query, in their order."),
      columnar: dynamic(z.boolean())
        .default(false)
        .describe("Whether the server sends columns in place of rows; rows are made of them. Default: false."),
      async: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether the server runs it on its own while the task asks for the answer, for queries that take long. Default: false.",
        ),
    }),
  outputs: () =>
    z.object({ ...rowOutputs(), total: z.int().optional().describe("How many rows the server answered.") }),
  examples: [
    {
      title: "New orders of a customer",
      code: `id: orders\ntype: io.kestra.plugin.elasticsearch.Esql\n${EXAMPLE_CONNECTION}query: |\n  FROM orders\n  | WHERE customer == ? AND state == "NEW"\n  | LIMIT 100\nparams: ["{{ inputs.customer }}"]\n`,
    },
  ],
  async run({ properties, signal, files, log, metric }) {
    const { connection, query, filter, params, columnar, fetchType: how } = properties;
    const place = placeOf(connection);
    const body = {
      query,
      ...(filter !== undefined && filter !== null && { filter: mapOf("filter", filter) }),
      ...(params !== undefined && { params }),
      ...(columnar && { columnar }),
    };
    const answer = await (properties.async ? askLater(place, signal, body) : askNow(place, signal, body));
    const columns = (answer.columns ?? []).map(({ name }) => name);
    const values = columnar ? transposed(answer.values ?? []) : (answer.values ?? []);
    const delivered = await deliverRows(rowsOfTable({ columns, values }), how, files);
    metric({ name: "records", type: "counter", value: values.length });
    log.info(`Rows read: ${values.length}`);
    return { ...delivered, total: values.length };
  },
});

const WHAT = "The query";

async function askNow(place: Place, signal: AbortSignal, body: object): Promise<EsqlAnswer> {
  return (await ask(place, signal, { what: WHAT, path: "/_query", body })).value as EsqlAnswer;
}

/** Asks until the server has done it. When the task ends before, the server is told to end it. */
async function askLater(place: Place, signal: AbortSignal, body: object): Promise<EsqlAnswer> {
  const start = { ...body, wait_for_completion_timeout: WAIT };
  let answer = (await ask(place, signal, { what: WHAT, path: "/_query/async", body: start })).value as EsqlAnswer;
  const { id } = answer;
  if (id === undefined) return answer;
  const path = `/_query/async/${encodeURIComponent(id)}`;
  try {
    while (answer.is_running === true) {
      await delay(PAUSE_MS, undefined, { signal });
      const params = { wait_for_completion_timeout: WAIT };
      answer = (await ask(place, signal, { what: WHAT, path, params })).value as EsqlAnswer;
    }
    return answer;
  } finally {
    // The server forgets it by itself, if later.
    await ask(place, AbortSignal.timeout(END_MS_MAX), { what: WHAT, method: "DELETE", path }).catch(() => undefined);
  }
}

function transposed(columns: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return (columns[0] ?? []).map((_value, row) => columns.map((column) => column[row]));
}

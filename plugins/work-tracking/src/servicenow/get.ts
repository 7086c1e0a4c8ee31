import { defineTask, deliverRows, dynamic, fetchType, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, openTable } from "./connection.ts";

const TYPE = "io.kestra.plugin.servicenow.Get";
/** How many records are asked for at once. */
export const RECORDS_PER_PAGE = 1_000;
const FILE = "records.ion";

const record = () => z.record(z.string(), z.unknown());

/** Reads records of a table. */
export const get = defineTask({
  type: TYPE,
  title: "Read records from ServiceNow",
  description: `Records come ${RECORDS_PER_PAGE} at a time, until there are no more or \`limit\` is reached.`,
  properties: () =>
    z.object({
      ...connection(),
      query: text()
        .optional()
        .describe(
          "Which records, as an encoded query such as active=true^priority=1. Where more than one page may come and it has no ORDERBY, they are " +
            "sorted by sys_id, so that no page has what another had.",
        ),
      fields: listOrText().optional().describe("Fields that are read; `sys_id` is among them always. Default: all."),
      limit: dynamic(z.int().positive()).optional().describe("How many records are read at most. Default: all."),
      offset: dynamic(z.int().nonnegative())
        .optional()
        .describe("How many records are left out before the first. Default: 0."),
      fetchType: fetchType("FETCH").describe(
        "What becomes of the records: FETCH (the output `results`, a mebibyte at most), FETCH_ONE (the first one in `results`), STORE (a file " +
          "of JSON lines, any number) or NONE (they are only counted). Default: FETCH.",
      ),
    }),
  outputs: () =>
    z.object({
      results: z.array(record()).optional().describe("The records, with fetchType FETCH or FETCH_ONE."),
      uri: z.string().optional().describe("The file of all records, one a line, with fetchType STORE."),
      size: z.int().describe("How many were read; 1 at most with FETCH_ONE."),
      offset: z.int().describe("How many were left out before the first."),
    }),
  examples: [
    {
      title: "Open incidents of the highest priority",
      code:
        `id: incidents\ntype: ${TYPE}\ndomain: acme\nusername: capstan\npassword: "{{ secret('SERVICENOW_PASSWORD') }}"\n` +
        "table: incident\nquery: active=true^priority=1\nfields: [number, short_description, opened_at]\n",
    },
    {
      title: "A whole table, as a file",
      code:
        `id: servers\ntype: ${TYPE}\ndomain: acme\nclientId: "{{ secret('SERVICENOW_CLIENT_ID') }}"\n` +
        "clientSecret: \"{{ secret('SERVICENOW_CLIENT_SECRET') }}\"\ntable: cmdb_ci_server\nfetchType: STORE\n",
    },
  ],
  async run(context) {
    const { table, fetchType: how, offset = 0 } = context.properties;
    const records = recordsOf(await openTable(context), { ...context.properties, offset });
    const { row, rows, uri, size } = await deliverRows(records, how, context.files, FILE);
    context.log.info(`Read ${size} ${size === 1 ? "record" : "records"} of ${table}.`);
    context.metric({ name: "records", type: "counter", value: size });
    const results = rows ?? (how === "FETCH_ONE" ? (row === undefined ? [] : [row]) : undefined);
    return { ...(results !== undefined && { results }), ...(uri !== undefined && { uri }), size, offset };
  },
});

interface Wanted {
  readonly table: string;
  readonly query?: string | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly offset: number;
  readonly fetchType: string;
}

/** The records of all pages, asked for as they are taken. */
async function* recordsOf(call: Awaited<ReturnType<typeof openTable>>, wanted: Wanted) {
  const { table, fields, offset } = wanted;
  const limit = wanted.fetchType === "FETCH_ONE" ? 1 : (wanted.limit ?? Infinity);
  const query = orderedQuery(wanted.query ?? "", limit > RECORDS_PER_PAGE);
  for (let taken = 0; taken < limit;) {
    const perPage = Math.min(RECORDS_PER_PAGE, limit - taken);
    const { value, header } = await call({
      what: `Reading records of ${table}`,
      params: {
        ...(query !== "" && { sysparm_query: query }),
        ...(fields !== undefined &&
          fields.length > 0 && { sysparm_fields: [...new Set(["sys_id", ...fields])].join(",") }),
        sysparm_limit: String(perPage),
        sysparm_offset: String(offset + taken),
      },
      answer: z.object({ result: z.array(record()) }),
    });
    yield* value.result;
    taken += perPage;
    // A page lacks the records that the account may not see, so a short one need not be the last.
    const total = header("x-total-count");
    const isLast = total === undefined ? value.result.length < perPage : offset + taken >= Number(total);
    if (isLast) return;
  }
}

function orderedQuery(query: string, hasPages: boolean): string {
  if (!hasPages || /(?:^|\^)ORDERBY/.test(query)) return query;
  return query === "" ? "ORDERBYsys_id" : `${query}^ORDERBYsys_id`;
}

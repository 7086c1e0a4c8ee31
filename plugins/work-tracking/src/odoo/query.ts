import {
  anyMap,
  deep,
  defineTask,
  deliverRows,
  dynamic,
  fetchType,
  listOrText,
  type Outputs,
  rowOutputs,
  secret,
  type TaskContext,
  TaskFailure,
  text,
} from "@capstan/sdk";
import { z } from "zod";
import { type CallModel, openModel } from "./odoo-api.ts";
import { readByIds, readFound, RECORDS_PER_PAGE, searchIds } from "./read-records.ts";

const TYPE = "io.kestra.plugin.odoo.Query";
const OPERATIONS = ["SEARCH_READ", "READ", "CREATE", "WRITE", "UNLINK", "SEARCH", "SEARCH_COUNT"] as const;

const properties = () =>
  z.object({
    url: text().describe("Address of Odoo, such as https://acme.odoo.com."),
    db: text().describe("Name of the database."),
    username: text().describe("Name that the account signs in with."),
    password: secret().describe("An API key of the account, or its password."),
    model: text().describe("The model, such as res.partner."),
    operation: dynamic(z.enum(OPERATIONS)).describe(
      "SEARCH_READ (records that are found), READ (those of `ids`), CREATE (one of `values`), WRITE (`values` into those of `ids`), UNLINK " +
        "(deletes those of `ids`), SEARCH (only ids of what is found) or SEARCH_COUNT (only their number).",
    ),
    filters: deep()
      .optional()
      .describe(
        'Which records are found: a list of conditions such as ["state", "=", "posted"], as Odoo\'s domains are. Default: all.',
      ),
    fields: listOrText().optional().describe("Fields that are read; `id` is among them always. Default: all."),
    values: anyMap().optional().describe("Fields with their values, for CREATE and WRITE."),
    ids: dynamic(z.array(dynamic(z.int())))
      .optional()
      .describe("Ids of records, for READ, WRITE and UNLINK."),
    limit: dynamic(z.int().positive()).optional().describe("How many records are found at most. Default: all."),
    offset: dynamic(z.int().nonnegative())
      .optional()
      .describe("How many records are left out before the first. Default: 0."),
    fetchType: fetchType("NONE").describe(
      "What becomes of records that are read: STORE (a file of JSON lines, any number), FETCH (the output `rows`, a mebibyte at most), " +
        "FETCH_ONE (the first one as the output `row`) or NONE (they are only counted). Default: NONE.",
    ),
  });

type Written = z.output<ReturnType<typeof properties>>;

/** Reads and changes records of Odoo. */
export const query = defineTask({
  type: TYPE,
  title: "Read or change records of Odoo",
  description: `Speaks JSON-RPC, which Odoo is to remove with version 22. Records are read ${RECORDS_PER_PAGE} at a time.`,
  properties,
  outputs: () =>
    z.object({
      ...rowOutputs(),
      size: z.int().describe("How many records were read, counted, found or changed."),
      ids: z
        .array(z.int())
        .optional()
        .describe("Ids of what was found by SEARCH, or changed; of CREATE, that of the new one."),
    }),
  examples: [
    {
      title: "Invoices of a day, as a file",
      code:
        `id: invoices\ntype: ${TYPE}\nurl: https://acme.odoo.com\ndb: acme\nusername: capstan@example.com\n` +
        "password: \"{{ secret('ODOO_KEY') }}\"\nmodel: account.move\noperation: SEARCH_READ\nfilters:\n" +
        '  - [move_type, "=", out_invoice]\n  - [invoice_date, "=", "{{ execution.startDate | date(\'yyyy-MM-dd\') }}"]\n' +
        "fields: [name, partner_id, amount_total]\nfetchType: STORE\n",
    },
    {
      title: "A new lead",
      code:
        `id: lead\ntype: ${TYPE}\nurl: https://acme.odoo.com\ndb: acme\nusername: capstan@example.com\n` +
        "password: \"{{ secret('ODOO_KEY') }}\"\nmodel: crm.lead\noperation: CREATE\nvalues:\n  name: Website enquiry\n" +
        '  email_from: "{{ inputs.email }}"\n',
    },
  ],
  async run(context) {
    const { operation, model } = context.properties;
    const plan = operationOf(context.properties);
    const outputs = await plan(await openModel(context, model), context);
    context.log.info(`${operation} of ${model}: ${outputs.size} ${outputs.size === 1 ? "record" : "records"}.`);
    context.metric({ name: "records", type: "counter", value: outputs.size });
    return outputs;
  },
});

type Operation = (call: CallModel, context: TaskContext<Written>) => Promise<Outputs & { readonly size: number }>;

/** What is done, once all it takes is known to be there: nothing is asked for before. */
function operationOf({
  operation,
  filters,
  fields = [],
  values,
  ids,
  limit,
  offset,
  fetchType: how,
}: Written): Operation {
  const search = {
    filters: filtersOf(filters),
    limit: how === "FETCH_ONE" && operation === "SEARCH_READ" ? 1 : limit,
    offset,
  };
  switch (operation) {
    case "SEARCH_READ":
      return async (call, { files }) => {
        const found = await searchIds(call, search);
        return how === "NONE"
          ? { size: found.length }
          : { ...(await deliverRows(readFound(call, found, fields), how, files)) };
      };
    case "READ": {
      const wanted = needed("ids", operation, ids);
      return async (call, { files }) => ({ ...(await deliverRows(readByIds(call, wanted, fields), how, files)) });
    }
    case "SEARCH":
      return async (call) => {
        const found = await searchIds(call, search);
        return { ids: found, size: found.length };
      };
    case "SEARCH_COUNT":
      return async (call) => ({ size: await call("search_count", [search.filters], {}, z.int()) });
    case "CREATE": {
      const given = needed("values", operation, values);
      return async (call) => ({ ids: [await call("create", [given], {}, z.int())], size: 1 });
    }
    case "WRITE": {
      const [changed, given] = [needed("ids", operation, ids), needed("values", operation, values)];
      return async (call) => {
        await call("write", [changed, given], {}, z.literal(true));
        return { ids: changed, size: changed.length };
      };
    }
    case "UNLINK": {
      const deleted = needed("ids", operation, ids);
      return async (call) => {
        await call("unlink", [deleted], {}, z.literal(true));
        return { ids: deleted, size: deleted.length };
      };
    }
    default:
      return operation satisfies never;
  }
}

function needed<Value extends object>(name: string, operation: string, value: Value | undefined): Value {
  if (value === undefined || Object.keys(value).length === 0)
    throw new TaskFailure(
      `${operation} needs \`${name}\`, which ${value === undefined ? "is not given" : "is empty"}.`,
    );
  return value;
}

/** An expression may have rendered to the JSON of a list. */
function filtersOf(written: unknown): readonly unknown[] {
  if (written === undefined || written === null || written === "") return [];
  const filters = typeof written === "string" ? parsed(written) : written;
  if (Array.isArray(filters)) return filters;
  throw new TaskFailure('`filters` is no list. Write it as a list of conditions, such as [["state", "=", "posted"]].');
}

function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined; // The caller says what it wants in its place.
  }
}

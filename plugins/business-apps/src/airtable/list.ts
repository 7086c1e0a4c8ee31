import {
  defineTask,
  deliverRows,
  dynamic,
  fetchType,
  listOrText,
  rowOutputs,
  type TaskContext,
  text,
} from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { callAirtable, connection, record, recordOutputOf } from "./connection.ts";

const TYPE = "io.kestra.plugin.airtable.records.List";
/** The most that Airtable takes. */
const RECORDS_PER_PAGE = 100;

const properties = () =>
  z.object({
    ...connection(),
    filterByFormula: text().optional().describe("A formula that is true for the records, such as `{Status} = 'New'`."),
    fields: listOrText().optional().describe("Names of the fields that are read. Default: all."),
    maxRecords: dynamic(z.int().positive()).optional().describe("How many records are read at most."),
    view: text().optional().describe("Name or id of a view, whose records come in its order."),
    enableAutoPagination: dynamic(z.boolean())
      .default(false)
      .describe(
        `Whether all pages are read; else it is one, with ${RECORDS_PER_PAGE} records at most. Default: false.`,
      ),
    fetchType: fetchType("FETCH"),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Reads records of a table. */
export const list = defineTask({
  type: TYPE,
  title: "Read records from Airtable",
  properties,
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "All new orders",
      code:
        `id: orders\ntype: ${TYPE}\nbaseId: appA1b2C3d4E5f6G7\ntableId: Orders\napiKey: "{{ secret('AIRTABLE_TOKEN') }}"\n` +
        "filterByFormula: \"{Status} = 'New'\"\nenableAutoPagination: true\nfetchType: STORE\n",
    },
  ],
  async run(context) {
    const delivered = await deliverRows(recordsOf(context), context.properties.fetchType, context.files, "records.ion");
    context.log.info(`Read ${delivered.size} records of ${context.properties.tableId}.`);
    context.metric({ name: "records", type: "counter", value: delivered.size });
    return { ...delivered };
  },
});

/** The records of one page or all, asked for as they are taken. */
async function* recordsOf(context: Pick<TaskContext<Properties>, "properties" | "signal">) {
  const { fields = [], maxRecords, tableId, enableAutoPagination, fetchType: how } = context.properties;
  const [formula, view] = [context.properties.filterByFormula, context.properties.view].map(given);
  const most = how === "FETCH_ONE" ? 1 : maxRecords;
  // Posted, as a formula may be longer than an address can be.
  const body = {
    pageSize: Math.min(most ?? RECORDS_PER_PAGE, RECORDS_PER_PAGE),
    ...(most !== undefined && { maxRecords: most }),
    ...(formula !== undefined && { filterByFormula: formula }),
    ...(fields.length > 0 && { fields }),
    ...(view !== undefined && { view }),
  };
  for (let offset: string | undefined, isLast = false; !isLast;) {
    const page = await callAirtable(context, {
      what: `Reading records of ${tableId}`,
      path: "/listRecords",
      body: { ...body, ...(offset !== undefined && { offset }) },
      answer: z.object({ records: z.array(record()), offset: z.string().optional() }),
    });
    yield* page.records.map(recordOutputOf);
    ({ offset } = page);
    isLast = offset === undefined || !enableAutoPagination;
  }
}

import { anyMap, defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { callAirtable, connection, record, recordOutput, recordOutputOf } from "./connection.ts";

const TYPE = "io.kestra.plugin.airtable.records.Create";
/** Of a request, which Airtable does whole or not at all. */
export const RECORDS_MAX = 10;

/** Adds records to a table. */
export const create = defineTask({
  type: TYPE,
  title: "Create records in Airtable",
  description: `Up to ${RECORDS_MAX} records, all of them or none.`,
  properties: () =>
    z.object({
      ...connection(),
      fields: anyMap().optional().describe("The fields of one record. Either these or `records`."),
      records: dynamic(z.array(anyMap()))
        .optional()
        .describe(`Several records, as the fields of each; ${RECORDS_MAX} at most.`),
      typecast: dynamic(z.boolean())
        .default(false)
        .describe("Whether Airtable makes texts what a field takes, and options that a field lacks. Default: false."),
    }),
  outputs: () =>
    z.object({
      record: recordOutput().describe("The first record."),
      records: z.array(recordOutput()).describe("All of them."),
      recordIds: z.array(z.string()).describe("Their ids."),
    }),
  examples: [
    {
      title: "Note an order",
      code:
        `id: note\ntype: ${TYPE}\nbaseId: appA1b2C3d4E5f6G7\ntableId: Orders\napiKey: "{{ secret('AIRTABLE_TOKEN') }}"\n` +
        'fields:\n  Customer: "{{ inputs.customer }}"\n  Amount: 12\n',
    },
  ],
  async run(context) {
    const { fields = {}, records = [], typecast } = context.properties;
    const isOne = Object.keys(fields).length > 0;
    if (isOne === records.length > 0)
      throw new TaskFailure("Give either `fields`, for one record, or `records`, for several.");
    const all = isOne ? [fields] : records;
    if (all.length > RECORDS_MAX)
      throw new TaskFailure(
        `Airtable takes ${RECORDS_MAX} records at once, and \`records\` has ${all.length}. Take several tasks, such as in a ForEach.`,
      );
    const made = await callAirtable(context, {
      what: `Creating ${all.length === 1 ? "a record" : `${all.length} records`} in ${context.properties.tableId}`,
      body: { records: all.map((one) => ({ fields: one })), typecast },
      answer: z.object({ records: z.array(record()).min(1) }),
    });
    const told = made.records.map(recordOutputOf);
    context.log.info(`Created ${told.map(({ id }) => id).join(", ")} in ${context.properties.tableId}.`);
    context.metric({ name: "records", type: "counter", value: told.length });
    return { record: told[0]!, records: told, recordIds: told.map(({ id }) => id) };
  },
});

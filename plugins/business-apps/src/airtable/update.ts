import { anyMap, defineTask, dynamic, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callAirtable, connection, record, recordOutput, recordOutputOf } from "./connection.ts";

const TYPE = "io.kestra.plugin.airtable.records.Update";

/** Changes fields of a record. */
export const update = defineTask({
  type: TYPE,
  title: "Change a record in Airtable",
  description: "Fields that are not given stay as they are.",
  properties: () =>
    z.object({
      ...connection(),
      recordId: text().describe("Id of the record; it begins with `rec`."),
      fields: anyMap().describe("The fields that become others; null empties one."),
      typecast: dynamic(z.boolean())
        .default(false)
        .describe("Whether Airtable makes texts what a field takes, and options that a field lacks. Default: false."),
    }),
  outputs: () =>
    z.object({
      record: recordOutput().describe("The record, as it is then."),
      recordId: z.string().describe("Its id."),
    }),
  examples: [
    {
      title: "An order was sent",
      code:
        `id: sent\ntype: ${TYPE}\nbaseId: appA1b2C3d4E5f6G7\ntableId: Orders\napiKey: "{{ secret('AIRTABLE_TOKEN') }}"\n` +
        'recordId: "{{ outputs.note.record.id }}"\nfields:\n  Status: Sent\n',
    },
  ],
  async run(context) {
    const { recordId, fields, typecast } = context.properties;
    const changed = await callAirtable(context, {
      what: `Changing the record ${recordId}`,
      method: "PATCH",
      path: `/${pathPart("recordId", recordId)}`,
      body: { fields, typecast },
      answer: record(),
    });
    context.log.info(`Changed the record ${changed.id}.`);
    return { record: recordOutputOf(changed), recordId: changed.id };
  },
});

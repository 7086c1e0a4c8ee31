import { defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callAirtable, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.airtable.records.Delete";

/** Deletes a record. */
export const deleteRecord = defineTask({
  type: TYPE,
  title: "Delete a record in Airtable",
  properties: () => z.object({ ...connection(), recordId: text().describe("Id of the record; it begins with `rec`.") }),
  examples: [
    {
      title: "Delete an order",
      code:
        `id: delete\ntype: ${TYPE}\nbaseId: appA1b2C3d4E5f6G7\ntableId: Orders\napiKey: "{{ secret('AIRTABLE_TOKEN') }}"\n` +
        'recordId: "{{ inputs.order }}"\n',
    },
  ],
  async run(context) {
    const { recordId } = context.properties;
    await callAirtable(context, {
      what: `Deleting the record ${recordId}`,
      method: "DELETE",
      path: `/${pathPart("recordId", recordId)}`,
      answer: z.object({ id: z.string(), deleted: z.literal(true) }),
    });
    context.log.info(`Deleted the record ${recordId}.`);
  },
});

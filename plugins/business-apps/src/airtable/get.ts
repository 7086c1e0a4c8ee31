import { defineTask, dynamic, listOrText, text } from "@capstan/sdk";
import { pathPart, StatusFailure } from "@capstan/sdk/http";
import { z } from "zod";
import { callAirtable, connection, record, recordOutput, recordOutputOf } from "./connection.ts";

const TYPE = "io.kestra.plugin.airtable.records.Get";

/** Reads a record. */
export const get = defineTask({
  type: TYPE,
  title: "Read a record from Airtable",
  properties: () =>
    z.object({
      ...connection(),
      recordId: text().describe("Id of the record; it begins with `rec`."),
      fields: listOrText().optional().describe("Names of the fields that are put out. Default: all."),
      failOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Whether a record that isn't there fails the task; else there is no `record`. Default: false."),
    }),
  outputs: () => z.object({ record: recordOutput().optional().describe("The record, if it is there.") }),
  examples: [
    {
      title: "Read an order",
      code:
        `id: order\ntype: ${TYPE}\nbaseId: appA1b2C3d4E5f6G7\ntableId: Orders\napiKey: "{{ secret('AIRTABLE_TOKEN') }}"\n` +
        'recordId: "{{ inputs.order }}"\nfailOnMissing: true\n',
    },
  ],
  async run(context) {
    const { recordId, fields: wanted = [], failOnMissing } = context.properties;
    const path = `/${pathPart("recordId", recordId)}`;
    try {
      const found = await callAirtable(context, { what: `Reading the record ${recordId}`, path, answer: record() });
      context.log.info(`Read the record ${found.id}.`);
      const all = recordOutputOf(found);
      if (wanted.length === 0) return { record: all };
      // Airtable gives all fields of one record, whatever is asked for.
      const fields = Object.fromEntries(Object.entries(all.fields).filter(([name]) => wanted.includes(name)));
      return { record: { ...all, fields } };
    } catch (error) {
      if (failOnMissing || !(error instanceof StatusFailure) || error.status !== 404) throw error;
      context.log.warn(`There is no record ${recordId} that the token may see.`);
      return {};
    }
  },
});

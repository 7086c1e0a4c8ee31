import { defineTask, deliverRows, readRecords, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { grokOf, grokProperties } from "./grok-properties.ts";

/** Makes a record of each text of a file. */
export const transformItems = defineTask({
  type: "io.kestra.plugin.transform.grok.TransformItems",
  title: "Take fields out of the texts of a file with Grok",
  description: "Texts that no pattern matches are left out; the log tells how many.",
  properties: () =>
    z.object({
      from: text().describe("The file: the URI of a stored one, with one text in JSON or Ion a line."),
      ...grokProperties(),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file of the records, one a line."),
      processedItemsTotal: z.int().describe("How many records that file has."),
    }),
  examples: [
    {
      title: "Read the access log of a web server",
      code: 'id: requests\ntype: io.kestra.plugin.transform.grok.TransformItems\nfrom: "{{ outputs.lines.uri }}"\npattern: "%{COMBINEDAPACHELOG}"\n',
    },
  ],
  async run(context) {
    const { from, ...properties } = context.properties;
    const grok = await grokOf(properties, context);
    let read = 0;
    const records = readRecords(await context.files.read(from));
    async function* rows() {
      for await (const { value } of records) {
        context.signal.throwIfAborted();
        read += 1;
        if (typeof value === "object")
          throw new TaskFailure(
            `Record ${read} is no text but ${value === null ? "null" : "a map or a list"}: Grok reads texts.`,
          );
        const fields = grok(String(value));
        if (Object.keys(fields).length > 0) yield fields;
      }
    }
    const { uri, size } = await deliverRows(rows(), "STORE", context.files, "grok.ion");
    context.metric({ name: "records", type: "counter", value: size });
    context.log.info(`${size} of ${read} texts matched`);
    return { uri, processedItemsTotal: size };
  },
});

import { defineTask, listOrText, recordLine, text } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { xmlElements, type XmlReading } from "./xml-elements.ts";

/** Reads XML into records. */
export const xmlToIon = defineTask({
  type: "io.kestra.plugin.serdes.xml.XmlToIon",
  aliases: ["io.kestra.plugin.serdes.xml.XmlReader"],
  title: "Convert XML to records",
  description:
    "Attributes and elements become fields, and several elements of one name a list. An element with nothing but text is a text, a number, " +
    "true, false or null; text beside other things is the field `content`. Entities that the document declares are not read.",
  properties: () =>
    z.object({
      from: from("XML file"),
      charset: charset("read"),
      query: text()
        .optional()
        .describe(
          "Path of the elements that are records, as a JSON Pointer: /items/item, or /items/item/0 for the first. " +
            "Default: the document is one record, which is held in memory.",
        ),
      parserConfiguration: z
        .object({
          forceList: listOrText().optional().describe("Names of elements that are lists also when there is one."),
        })
        .optional()
        .describe("How elements are read."),
    }),
  outputs: () => fileOutputs("File with one record a line."),
  examples: [
    {
      title: "A record for each product",
      code: 'id: products\ntype: io.kestra.plugin.serdes.xml.XmlToIon\nfrom: "{{ outputs.download.uri }}"\nquery: /catalog/product\n',
    },
  ],
  async run(context) {
    const { from, charset, query, parserConfiguration } = context.properties;
    const reading = { query, forceList: parserConfiguration?.forceList ?? [] };
    const outputs = await storeRecords(context, "elements.ion", recordsOf(readText(context, from, charset), reading));
    if (outputs.size === 0) context.log.warn(`The XML file has nothing at the path ${query}.`);
    return outputs;
  },
});

async function* recordsOf(texts: AsyncIterable<string>, reading: XmlReading): AsyncGenerator<string> {
  for await (const value of xmlElements(texts, reading)) yield recordLine(value);
}

import { defineTask, type FileRecord, text } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, fromRecords, timeZoneId } from "../conversion-properties.ts";
import { recordsOf, storeRecords } from "../conversion.ts";
import { inOneZone } from "../dates/one-zone.ts";
import { createXmlWriter } from "./write-xml.ts";

/** Writes records as XML. */
export const ionToXml = defineTask({
  type: "io.kestra.plugin.serdes.xml.IonToXml",
  aliases: ["io.kestra.plugin.serdes.xml.XmlWriter"],
  title: "Convert records to XML",
  description:
    "Each record becomes an element `item`, with an element for each of its fields. Null is an empty element, and a list an element of the " +
    "same name for each entry. What can't be part of an element's name becomes `_`.",
  properties: () =>
    z.object({
      from: fromRecords(),
      charset: charset("written"),
      rootName: text().default("items").describe("Name of the element around all others."),
      timeZoneId: timeZoneId(
        "Zone that dates with a time and an offset are written in. Default: as the file has them.",
      ),
    }),
  outputs: () => fileOutputs("The XML file."),
  examples: [
    {
      title: "Rows of a query",
      code: 'id: xml\ntype: io.kestra.plugin.serdes.xml.IonToXml\nfrom: "{{ outputs.query.uri }}"\nrootName: orders\n',
    },
  ],
  async run(context) {
    const { from, charset, rootName, timeZoneId } = context.properties;
    const writer = createXmlWriter(context.log);
    const root = writer.name(rootName);
    const convert = timeZoneId === undefined ? undefined : inOneZone(timeZoneId);
    async function* items(records: AsyncIterable<FileRecord>): AsyncGenerator<string> {
      for await (const { value } of records) yield writer.item(convert === undefined ? value : convert(value));
    }
    return storeRecords(context, "records.xml", items(recordsOf(context, from)), {
      charset,
      start: `<?xml version="1.0" encoding="${charset}"?>\n<${root}>\n`,
      end: `</${root}>\n`,
    });
  },
});

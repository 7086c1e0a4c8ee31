import { defineTask, recordLine } from "@capstan/sdk";
import { z } from "zod";
import { fileOutputs, from, onBadLines } from "../conversion-properties.ts";
import { readBytes, storeRecords } from "../conversion.ts";
import { readAvroFile } from "./container.ts";

/** Reads Avro into records. */
export const avroToIon = defineTask({
  type: "io.kestra.plugin.serdes.avro.AvroToIon",
  aliases: ["io.kestra.plugin.serdes.avro.AvroReader"],
  title: "Convert Avro to records",
  description:
    "Dates and times become texts in ISO-8601, and bytes their base64 text. Files packed with deflate, snappy or zstandard are read as well.",
  properties: () =>
    z.object({
      from: from("Avro file"),
      onBadLines: onBadLines("records that can't be read").describe(
        "Has no effect: where a record of Avro ends is known only when it could be read, so that a damaged file fails the task.",
      ),
    }),
  outputs: () => fileOutputs("File with one record a line."),
  examples: [
    {
      title: "Read an export",
      code: 'id: records\ntype: io.kestra.plugin.serdes.avro.AvroToIon\nfrom: "{{ outputs.download.uri }}"\n',
    },
  ],
  async run(context) {
    const { from } = context.properties;
    async function* lines(): AsyncGenerator<string> {
      for await (const record of readAvroFile(await readBytes(context, from))) yield recordLine(record);
    }
    return storeRecords(context, "records.ion", lines());
  },
});

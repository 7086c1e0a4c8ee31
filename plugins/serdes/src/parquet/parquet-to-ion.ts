import { defineTask, recordLine } from "@capstan/sdk";
import { z } from "zod";
import { fileOutputs, from } from "../conversion-properties.ts";
import { storeRecords } from "../conversion.ts";
import { localCopy } from "../local-copy.ts";
import { readParquetFile } from "./read-parquet.ts";

/** Reads Parquet into records. */
export const parquetToIon = defineTask({
  type: "io.kestra.plugin.serdes.parquet.ParquetToIon",
  aliases: ["io.kestra.plugin.serdes.parquet.ParquetReader"],
  title: "Convert Parquet to records",
  description:
    "Dates and times become texts in ISO-8601, to the microsecond, and bytes their base64 text. A group of rows is held in memory, which may " +
    "have 1 GiB unpacked. Pages may be packed with gzip, snappy, zstd or brotli.",
  properties: () => z.object({ from: from("Parquet file") }),
  outputs: () => fileOutputs("File with one record a row."),
  examples: [
    {
      title: "Read an export",
      code: 'id: rows\ntype: io.kestra.plugin.serdes.parquet.ParquetToIon\nfrom: "{{ outputs.download.uri }}"\n',
    },
  ],
  async run(context) {
    await using copy = await localCopy(context, context.properties.from);
    const { path } = copy;
    async function* lines(): AsyncGenerator<string> {
      for await (const row of readParquetFile(path)) yield recordLine(row);
    }
    return await storeRecords(context, "rows.ion", lines());
  },
});

import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { parseAvroSchema } from "../avro/schema.ts";
import { schemaOf, typedRecordProperties, typedRecords } from "../avro/typed-records.ts";
import type { TypedValue } from "../avro/typed-value.ts";
import { fileOutputs } from "../conversion-properties.ts";
import { converted, storeBytes } from "../conversion.ts";
import { parquetFileOf } from "./write-parquet.ts";

const MIB = 1_024 * 1_024;

/** Writes records as Parquet. */
export const ionToParquet = defineTask({
  type: "io.kestra.plugin.serdes.parquet.IonToParquet",
  aliases: ["io.kestra.plugin.serdes.parquet.ParquetWriter"],
  title: "Convert records to Parquet",
  description:
    "Values are converted to the types of an Avro schema: texts are read as numbers, dates, true or null where it asks for them. " +
    "A group of rows is held in memory while it is written.",
  properties: () =>
    z.object({
      ...typedRecordProperties(),
      compressionCodec: dynamic(z.enum(["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"]))
        .default("GZIP")
        .describe("How pages are packed."),
      parquetVersion: dynamic(z.enum(["V1", "V2"]))
        .default("V2")
        .describe("Version of the format. V1 can't be written, and fails the task."),
      rowGroupSize: bytes(128 * MIB).describe(
        "Bytes of a group of rows, as they are in memory; more than 4 MiB count as 4 MiB.",
      ),
      pageSize: bytes(MIB).describe("Bytes of a page."),
      dictionaryPageSize: bytes(MIB).describe("Bytes of the different values of a column that a dictionary may have."),
    }),
  outputs: () => fileOutputs("The Parquet file."),
  examples: [
    {
      title: "Rows of a query for an analysis",
      code: 'id: parquet\ntype: io.kestra.plugin.serdes.parquet.IonToParquet\nfrom: "{{ outputs.query.uri }}"\ncompressionCodec: ZSTD\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    if (properties.parquetVersion === "V1")
      throw new TaskFailure(
        "Parquet files of the version V1 can't be written. Leave `parquetVersion` out: V2 is read by all current tools.",
      );
    const type = parseAvroSchema(await schemaOf(context, properties), { anyNames: true });
    let size = 0;
    async function* counted(values: AsyncIterable<TypedValue>): AsyncGenerator<TypedValue> {
      for await (const value of values) {
        size += 1;
        yield value;
      }
    }
    const values = counted(typedRecords(context, type, properties));
    return converted(
      context,
      await storeBytes(context, "records.parquet", parquetFileOf(type, values, properties)),
      size,
    );
  },
});

function bytes(value: number) {
  return dynamic(z.int().min(1)).default(value);
}

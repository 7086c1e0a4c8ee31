import { TaskFailure } from "@capstan/sdk";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Compressors, FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { decimalNumber, decimalOf, momentText, timeText } from "../avro/decode.ts";

/** Bytes, unpacked, of a group of rows: it is held in memory, with its values beside it. */
export const GROUP_BYTES_MAX = 1_024 * 1_024 * 1_024;

const COMPRESSORS: Compressors = {
  GZIP: (input, outputLength) => gunzipSync(input, { maxOutputLength: outputLength || 1 }),
  ZSTD: (input, outputLength) => zstdDecompressSync(input, { maxOutputLength: outputLength || 1 }),
  BROTLI: (input, outputLength) => brotliDecompressSync(input, { maxOutputLength: outputLength || 1 }),
};

/** The rows of a Parquet file of this machine as JSON data. Holds one group of rows in memory at a time. Throws `TaskFailure`. */
export async function* readParquetFile(path: string): AsyncGenerator {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const columns = parquetSchema(metadata).children;
    const render = columns.map((column) => rendererOf(column));
    const plain = withPlainTypes(metadata);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      if (group.total_byte_size > GROUP_BYTES_MAX)
        throw new TaskFailure(
          `The Parquet file has a group of rows of ${group.total_byte_size} bytes; ${GROUP_BYTES_MAX} are read at most.`,
        );
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file,
        metadata: plain,
        rowStart,
        rowEnd,
        compressors: COMPRESSORS,
        utf8: false,
        geoparquet: false,
      });
      for (const row of rows)
        yield Object.fromEntries(columns.map(({ element: { name } }, index) => [name, render[index]!(row[name])]));
      rowStart = rowEnd;
    }
  } catch (error) {
    if (error instanceof TaskFailure) throw error;
    const reason = error instanceof Error ? error.message.replace(/^parquet /, "") : String(error);
    throw new TaskFailure(`The Parquet file can't be read: ${reason}.`, { cause: error });
  }
}

/** Dates and decimals come as whole numbers and bytes, which lose nothing; they are made texts and numbers of here. */
function withPlainTypes(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element): SchemaElement => {
    if (element.num_children !== undefined && element.num_children > 0) return element;
    const { converted_type: _converted, logical_type: _logical, ...plain } = element;
    return isPlain(element) ? plain : element;
  });
  return { ...metadata, schema };
}

const PLAIN: ReadonlySet<string> = new Set([
  "DATE",
  "TIME",
  "TIME_MILLIS",
  "TIME_MICROS",
  "TIMESTAMP",
  "TIMESTAMP_MILLIS",
  "TIMESTAMP_MICROS",
  "DECIMAL",
]);

function isPlain({ converted_type, logical_type }: SchemaElement): boolean {
  return PLAIN.has(converted_type ?? "") || PLAIN.has(logical_type?.type ?? "");
}

type Render = (value: unknown) => unknown;

function rendererOf(tree: SchemaTree): Render {
  const render = rendererOfPresent(tree);
  return (value) => (value === null || value === undefined ? null : render(value));
}

function rendererOfPresent({ element, children }: SchemaTree): Render {
  if (children.length === 0) {
    const leaf = leafRenderer(element);
    return element.repetition_type === "REPEATED" ? (value) => (value as unknown[]).map((item) => leaf(item)) : leaf;
  }
  const kind = element.converted_type ?? element.logical_type?.type;
  const [repeated] = children;
  if (kind === "LIST" && repeated !== undefined) {
    const [item] = repeated.children;
    const render = rendererOf(
      repeated.children.length === 1 && item !== undefined
        ? item
        : { ...repeated, element: { ...repeated.element, repetition_type: "REQUIRED" } },
    );
    return (value) => Array.from(value as Iterable<unknown>, render);
  }
  if ((kind === "MAP" || kind === "MAP_KEY_VALUE") && repeated?.children.length === 2) {
    const [key, inner] = repeated.children.map(rendererOf) as [Render, Render];
    return (value) =>
      Object.fromEntries(Object.entries(value as object).map(([name, item]) => [String(key(name)), inner(item)]));
  }
  const fields = children.map((child) => [child.element.name, rendererOf(child)] as const);
  return (value) =>
    Object.fromEntries(fields.map(([name, render]) => [name, render((value as Record<string, unknown>)[name])]));
}

function leafRenderer(element: SchemaElement): Render {
  const { type, converted_type: converted, logical_type: logical, scale = 0 } = element;
  const kind = converted ?? logical?.type;
  if (kind === "DECIMAL") {
    const digits = logical?.type === "DECIMAL" ? logical.scale : scale;
    return (value) =>
      value instanceof Uint8Array ? decimalOf(value, digits) : decimalNumber(BigInt(value as number), digits);
  }
  if (kind === "DATE")
    return (value) =>
      Temporal.PlainDate.from("1970-01-01")
        .add({ days: Number(value) })
        .toString();
  const isUtc = !((logical?.type === "TIMESTAMP" || logical?.type === "TIME") && !logical.isAdjustedToUTC);
  const unit =
    logical?.type === "TIMESTAMP" || logical?.type === "TIME"
      ? logical.unit
      : kind?.endsWith("MICROS") === true
        ? "MICROS"
        : "MILLIS";
  if (kind?.startsWith("TIMESTAMP") === true)
    return (value) => momentText(microseconds(value, unit)).replace(/Z$/, isUtc ? "Z" : "");
  if (kind?.startsWith("TIME") === true) return (value) => timeText(microseconds(value, unit));
  const isText = kind === "UTF8" || kind === "STRING" || kind === "ENUM" || kind === "JSON" || kind === "UUID";
  if (type === "INT96") return (value) => (value instanceof Date ? value.toISOString() : value);
  return (value) => {
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : decimalNumber(value, 0);
    if (!(value instanceof Uint8Array)) return value;
    return Buffer.from(value).toString(isText ? "utf8" : "base64");
  };
}

function microseconds(value: unknown, unit: string): bigint {
  const whole = BigInt(value as number | bigint);
  if (unit === "MILLIS") return whole * 1_000n;
  return unit === "NANOS" ? whole / 1_000n : whole;
}

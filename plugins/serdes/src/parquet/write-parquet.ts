import { gzipSync, zstdCompressSync } from "node:zlib";
import type { AvroRecord } from "../avro/schema.ts";
import type { TypedValue } from "../avro/typed-value.ts";
import { type PackedColumn, packedColumn } from "./packed-column.ts";
import { columnValue, parquetSchemaOf } from "./parquet-schema.ts";

/** Bytes of a group of rows, as they are in memory about: it is written as a whole. */
export const GROUP_BYTES_MAX = 4 * 1_024 * 1_024;
export const GROUP_ROWS_MAX = 1_000_000;

const COMPRESSORS = {
  GZIP: (input: Uint8Array) => gzipSync(input),
  ZSTD: (input: Uint8Array) => zstdCompressSync(input),
};

export interface ParquetWriting {
  readonly compressionCodec: "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "ZSTD";
  /** Bytes of a group of rows. */
  readonly rowGroupSize: number;
  readonly pageSize: number;
  readonly dictionaryPageSize: number;
}

/** The bytes of a Parquet file, one group of rows after the other. */
export async function* parquetFileOf(
  record: AvroRecord,
  values: AsyncIterable<TypedValue>,
  { compressionCodec, rowGroupSize, pageSize, dictionaryPageSize }: ParquetWriting,
): AsyncGenerator<Uint8Array> {
  const schema = parquetSchemaOf(record);
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema, codec: compressionCodec, compressors: COMPRESSORS });
  const groupBytesMax = Math.min(rowGroupSize, GROUP_BYTES_MAX);
  let columns = emptyColumns(record);
  let size = 0;
  let rows = 0;
  const written = async (): Promise<Uint8Array> => {
    if (rows > 0)
      await writer.write({ columnData: columns, rowGroupSize: rows, pageSize, dictionarySize: dictionaryPageSize });
    columns = emptyColumns(record);
    size = rows = 0;
    return taken(bytes);
  };
  for await (const value of values) {
    for (const [index, field] of record.fields.entries()) {
      const cell = (value as readonly TypedValue[])[index]!;
      const inColumn = columnValue(field.type, cell);
      columns[index]!.push(inColumn);
      size += sizeOf(inColumn);
    }
    rows += 1;
    if (size >= groupBytesMax || rows >= GROUP_ROWS_MAX) yield await written();
  }
  yield await written();
  await writer.finish();
  yield taken(bytes);
}

function emptyColumns({ fields }: AvroRecord): PackedColumn[] {
  return fields.map(({ name }) => packedColumn(name));
}

/** The writer counts on in `offset`, so that only its buffer is emptied. */
function taken(bytes: { index: number; getBytes(): Uint8Array }): Uint8Array {
  const copy = Uint8Array.from(bytes.getBytes());
  bytes.index = 0;
  return copy;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length + 8;
  if (typeof value !== "object" || value === null) return 8;
  return Object.values(value).reduce<number>((total, inner) => total + sizeOf(inner), 8);
}

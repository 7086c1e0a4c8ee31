import {
  blobValue,
  type DuckDBConnection,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  ResultReturnType,
} from "@duckdb/node-api";
import { decodeText } from "./cesu.ts";
import { must } from "../must.ts";
import { type Part, PART } from "./messages.ts";
import {
  BIGINT,
  BOOLEAN,
  decimal,
  decimalDigits,
  DOUBLE,
  INT,
  NVARCHAR,
  VARBINARY,
  type WireColumn,
  type WireType,
} from "./wire-types.ts";

/** What a statement is called in answers. */
const FUNCTION: readonly (readonly [RegExp, number])[] = [
  [/^(?:SELECT|WITH|VALUES)/iu, 5],
  [/^INSERT/iu, 2],
  [/^UPDATE/iu, 3],
  [/^DELETE/iu, 4],
];
const DDL = 1;

export function functionOf(sql: string): number {
  const text = sql.replace(/^(?:\s+|--[^\n]*\n|\/\*.*?\*\/)+/su, "");
  return FUNCTION.find(([pattern]) => pattern.test(text))?.[1] ?? DDL;
}

/** Rows that a client may ask for, some at a time. */
export interface Cursor {
  readonly columns: readonly WireColumn[];
  next(count: number): Promise<{ readonly rows: readonly (readonly unknown[])[]; readonly isLast: boolean }>;
}

/** Runs a statement on DuckDB: rows, or how many it changed. Throws what DuckDB refuses. */
export async function run(
  connection: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[],
): Promise<Cursor | number | undefined> {
  const result = await connection.stream(sql.replaceAll(/\bFROM DUMMY\b/giu, ""), [...values]);
  if (result.returnType === ResultReturnType.CHANGED_ROWS) return result.rowsChanged;
  if (result.returnType !== ResultReturnType.QUERY_RESULT) return undefined;
  const types = result.columnTypes();
  // As names without quotes are there.
  const columns = result.columnNames().map((name, index) => ({ name, type: wireType(types[index]!) }));
  let waiting: (readonly unknown[])[] = [];
  let hasEnded = false;
  return {
    columns,
    next: async (count) => {
      while (!hasEnded && waiting.length <= count) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) hasEnded = true;
        else waiting.push(...chunk.getRows().map((row) => row.map((value, index) => wireValue(value, types[index]!))));
      }
      const rows = waiting.slice(0, count);
      waiting = waiting.slice(count);
      return { rows, isLast: waiting.length === 0 };
    },
  };
}

/** The types that DuckDB wants for the places of a statement, as numbers of the protocol. */
export async function parameterTypes(connection: DuckDBConnection, sql: string): Promise<readonly number[]> {
  const prepared = await connection.prepare(sql.replaceAll(/\bFROM DUMMY\b/giu, ""));
  return Array.from({ length: prepared.parameterCount }, (_, index) =>
    parameterType(prepared.parameterTypeId(index + 1)),
  );
}

function parameterType(type: DuckDBTypeId): number {
  switch (type) {
    case DuckDBTypeId.INTEGER:
      return INT.code;
    case DuckDBTypeId.BIGINT:
      return BIGINT.code;
    case DuckDBTypeId.DOUBLE:
      return DOUBLE.code;
    case DuckDBTypeId.DECIMAL:
      return decimal().code;
    case DuckDBTypeId.BOOLEAN:
      return BOOLEAN.code;
    case DuckDBTypeId.BLOB:
      return VARBINARY.code;
    default:
      return NVARCHAR.code;
  }
}

function wireType(type: DuckDBType): WireType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return BOOLEAN;
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
      return INT;
    case DuckDBTypeId.BIGINT:
      return BIGINT;
    case DuckDBTypeId.DECIMAL:
      return decimal(type.scale);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return DOUBLE;
    case DuckDBTypeId.BLOB:
      return VARBINARY;
    default:
      return NVARCHAR;
  }
}

function wireValue(value: DuckDBValue, { typeId }: DuckDBType): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeId === DuckDBTypeId.BLOB) return Buffer.from((value as { readonly bytes: Uint8Array }).bytes);
  return String(value);
}

/** Types of values that are sent, which stand before each of them; with the highest bit they are null. */
const BYTE_LENGTHS: Readonly<Record<number, number>> = { 3: 4, 4: 8, 5: 16, 7: 8, 28: 1 };

/** The values of one execution, row by row. */
export function valuesOf({ data, count }: Part, width: number): readonly (readonly DuckDBValue[])[] {
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    return data.subarray(at - length, at);
  };
  const value = (): DuckDBValue => {
    const type = take(1)[0]!;
    if (type > 127) return null;
    const length = BYTE_LENGTHS[type];
    if (length !== undefined) return fixedValue(type, take(length));
    must([12, 13, 29, 30].includes(type), `${type} is a type of values`);
    const first = take(1)[0]!;
    const size = first <= 245 ? first : first === 246 ? take(2).readInt16LE() : take(4).readInt32LE();
    const bytes = take(size);
    return type < 29 ? blobValue(bytes) : decodeText(bytes);
  };
  const rows = Array.from({ length: count }, () => Array.from({ length: width }, value));
  must(at === data.length, "all values were read");
  return rows;
}

function fixedValue(type: number, bytes: Buffer): DuckDBValue {
  switch (type) {
    case 3:
      return bytes.readInt32LE();
    case 4:
      return bytes.readBigInt64LE();
    case 5:
      return decimalDigits(bytes);
    case 7:
      return bytes.readDoubleLE();
    default:
      return bytes[0] !== 0;
  }
}

/** Columns as they are described: 24 bytes for each, and their names behind. */
export function columnsPart(columns: readonly WireColumn[]): Part {
  let names = Buffer.alloc(0);
  const heads = columns.map(({ name, type }) => {
    const head = Buffer.alloc(24);
    head[0] = 2;
    head[1] = type.code;
    head.writeInt16LE(type.scale ?? 0, 2);
    for (const at of [8, 12]) head.writeInt32LE(-1, at);
    for (const at of [16, 20]) head.writeInt32LE(names.length, at);
    names = Buffer.concat([names, Buffer.from([Buffer.byteLength(name)]), Buffer.from(name)]);
    return head;
  });
  return { kind: PART.resultSetMetadata, count: columns.length, data: Buffer.concat([...heads, names]) };
}

/** Places of values as they are described, which have no names. */
export function parametersPart(types: readonly number[]): Part {
  const heads = types.map((type) => {
    const head = Buffer.alloc(16);
    head[0] = 2;
    head[1] = type;
    head[2] = 1;
    head.writeInt32LE(-1, 4);
    if (type === decimal().code) head.writeInt16LE(decimal().scale!, 10);
    return head;
  });
  return { kind: PART.parameterMetadata, count: types.length, data: Buffer.concat(heads) };
}

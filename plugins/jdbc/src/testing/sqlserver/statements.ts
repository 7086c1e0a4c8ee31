import {
  type DuckDBConnection,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  blobValue,
  ResultReturnType,
} from "@duckdb/node-api";
import {
  BIT,
  BIGINT,
  decimal,
  FLOAT,
  INT,
  nvarchar,
  NVARCHAR_MAX,
  VARBINARY_MAX,
  type WireType,
} from "./wire-types.ts";
import type { WireColumn } from "./tokens.ts";

/** What a statement answers: rows as they come, or how many it changed. */
export interface Answered {
  readonly columns: readonly WireColumn[] | undefined;
  /** Rows in the values of their columns. */
  readonly rows: AsyncIterable<readonly (readonly unknown[])[]>;
  readonly changed: number | undefined;
}

const PLAIN_TEXT_MAX = 200;

/** What T-SQL has in other words: names in brackets, values, and series. */
export function translated(sql: string): string {
  return sql.replaceAll(
    /'(?:[^']|'')*'|\[((?:[^\]]|\]\])+)\]|@(\w+)|\bGENERATE_SERIES\((\d+), (\d+)\)/giu,
    (found, name, value, from, to) => {
      if (name !== undefined) return `"${name}"`;
      if (value !== undefined) return `$${value}`;
      return from === undefined ? found : `generate_series(${from}, ${to}) AS series(value)`;
    },
  );
}

/** Runs a statement on DuckDB. Throws what DuckDB refuses. */
export async function run(
  connection: DuckDBConnection,
  sql: string,
  values: ReadonlyMap<string, unknown>,
): Promise<Answered> {
  const wanted = new Set([...sql.matchAll(/\$(\w+)/gu)].map(([, name]) => name));
  const named = Object.fromEntries(
    [...values].filter(([name]) => wanted.has(name)).map(([name, value]) => [name, bound(value)]),
  );
  const result = await connection.stream(sql, named);
  if (result.returnType !== ResultReturnType.QUERY_RESULT) {
    const changed = result.returnType === ResultReturnType.CHANGED_ROWS ? result.rowsChanged : undefined;
    return { columns: undefined, rows: nothing(), changed };
  }
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, index) => ({ name, type: wireType(types[index]!) }));
  async function* rows() {
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
      yield chunk.getRows().map((values) => values.map((value, index) => wireValue(value, types[index]!)));
  }
  return { columns, rows: rows(), changed: undefined };
}

async function* nothing(): AsyncGenerator<never> {}

function bound(value: unknown): DuckDBValue {
  return value instanceof Uint8Array ? blobValue(value) : (value as DuckDBValue);
}

function wireType(type: DuckDBType): WireType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return BIT;
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
      return INT;
    case DuckDBTypeId.BIGINT:
      return BIGINT;
    case DuckDBTypeId.HUGEINT:
      return decimal(38, 0);
    case DuckDBTypeId.DECIMAL:
      return decimal(type.width, type.scale);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return FLOAT;
    case DuckDBTypeId.BLOB:
      return VARBINARY_MAX;
    case DuckDBTypeId.VARCHAR:
      return NVARCHAR_MAX;
    default:
      return nvarchar(PLAIN_TEXT_MAX);
  }
}

function wireValue(value: DuckDBValue, { typeId }: DuckDBType): unknown {
  if (value === null) return null;
  switch (typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return value;
    case DuckDBTypeId.BLOB:
      return Buffer.from((value as { readonly bytes: Uint8Array }).bytes);
    default:
      return String(value);
  }
}

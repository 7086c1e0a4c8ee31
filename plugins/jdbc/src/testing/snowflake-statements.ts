import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { must } from "./must.ts";

/** A statement that is done only when somebody ends it. */
export const ENDLESS = "CALL SYSTEM$WAIT(600)";
/** A statement whose answer must be asked for again. */
export const SLOW = "CALL SYSTEM$WAIT(1)";

/** A request to run a statement. */
export interface StatementBody {
  readonly sqlText: string;
  readonly disableOfflineChunks: boolean;
  readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string | null }>>;
}

/** What statements are, by their first words. */
const KINDS: readonly (readonly [RegExp, number])[] = [
  [/^INSERT/iu, 0x3100],
  [/^UPDATE/iu, 0x3200],
  [/^DELETE/iu, 0x3300],
  [/^(?:BEGIN|COMMIT|ROLLBACK)/iu, 0x5000],
  [/^(?:CREATE|DROP)/iu, 0x6000],
];
const COUNTED: Readonly<Record<number, string>> = { 0x3100: "inserted", 0x3200: "updated", 0x3300: "deleted" };

/** What DuckDB answers a statement, as Snowflake writes it. Rejects with its refusal. */
export async function resultOf(connection: DuckDBConnection, { sqlText, bindings = {} }: StatementBody) {
  const words = sqlText.replace(/^(?:\s+|--[^\n]*)+/u, "");
  const statementTypeId = KINDS.find(([first]) => first.test(words))?.[1] ?? 0x1000;
  if (sqlText === SLOW) return { statementTypeId: 0x2000, rowtype: [text("WAIT")], rowset: [["waited 1 seconds"]] };
  const values = Object.values(bindings).map(({ type, value }) => valueOf(type, value));
  const reader = await connection.runAndReadAll(sqlText, values);
  if (statementTypeId >= 0x5000)
    return { statementTypeId, rowtype: [text("status")], rowset: [["Statement executed successfully."]] };
  const counted = COUNTED[statementTypeId];
  if (counted !== undefined)
    return {
      statementTypeId,
      rowtype: [{ name: `number of rows ${counted}`, type: "fixed", precision: 19, scale: 0, nullable: false }],
      rowset: [[String(reader.rowsChanged)]],
    };
  const names = reader.columnNames();
  const rowset = reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  const isNumber = (index: number) => /INT|DECIMAL/u.test(String(reader.columnType(index)));
  const rowtype = names.map((name, index) =>
    isNumber(index) ? { name, type: "fixed", precision: 38, scale: 0, nullable: true } : text(name),
  );
  return { statementTypeId, rowtype, rowset };
}

function text(name: string) {
  return { name, type: "text", length: 16_777_216, precision: null, scale: null, nullable: true };
}

function valueOf(type: string, value: string | null): DuckDBValue {
  must(value === null || typeof value === "string", "values are texts");
  must(["TEXT", "FIXED", "REAL", "BOOLEAN"].includes(type), `${type} is a type of values`);
  if (value === null || type === "TEXT") return value;
  if (type === "BOOLEAN") return value === "true";
  return type === "FIXED" ? BigInt(value) : Number(value);
}

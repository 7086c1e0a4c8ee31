import type { ColumnInfo, Datum } from "@aws-sdk/client-athena";
import { exactNumber } from "@capstan/sdk";

/** A row of a result as it goes into outputs: `undefined` in Athena is null, and every other value comes as a text. */
export function rowOf(columns: readonly ColumnInfo[], data: readonly Datum[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ Name = "", Type = "" }, index) => [Name, valueOf(Type, data[index]?.VarCharValue)]),
  );
}

/** Whether a row only says the names of its columns, as the first one of a SELECT does. */
export function isHeader(columns: readonly ColumnInfo[], data: readonly Datum[]): boolean {
  return columns.length > 0 && columns.every(({ Name }, index) => data[index]?.VarCharValue === Name);
}

/** Numbers that JavaScript has are numbers, the others the text of their digits; times, arrays and all else are texts. */
function valueOf(type: string, written: string | undefined): unknown {
  if (written === undefined) return null;
  switch (type) {
    case "tinyint":
    case "smallint":
    case "int":
    case "integer":
    case "bigint":
    case "float":
    case "real":
    case "double":
    case "decimal":
      return exactNumber(written);
    case "boolean":
      return written === "true";
    default:
      return written;
  }
}

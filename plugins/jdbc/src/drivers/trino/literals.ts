import type { Statement } from "../../sql/bind-parameters.ts";

/**
 * A statement with its values behind it. The protocol has no other place for them; each is written as one literal, in which nothing but a
 * quote has a meaning.
 */
export function withValues({ sql, values }: Statement): string {
  if (values.length === 0) return sql;
  return `EXECUTE IMMEDIATE ${quoted(sql)} USING ${values.map(literal).join(", ")}`;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : doubleOf(value);
  return quoted(typeof value === "string" ? value : JSON.stringify(value));
}

/** With an exponent, a number is no decimal. */
function doubleOf(value: number): string {
  return value.toExponential().replace("e", "E").replace("E+", "E");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

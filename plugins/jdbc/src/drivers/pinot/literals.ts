import type { Placeholders } from "../../sql/bind-parameters.ts";

/** The protocol has no place for values: each is one literal of the statement, in which nothing but a quote has a meaning. */
export const placeWithLiteral: Placeholders = (_number, value) => {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `'${text.replaceAll("'", "''")}'`;
};

import { jsonText } from "./json.ts";
import { isNumeric, numberText } from "./numbers.ts";
import { isTemporal, temporalText } from "./temporal.ts";

/** How a value is printed: null as nothing, maps and lists as compact JSON, numbers and dates as Java prints them. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (isNumeric(value)) return numberText(value);
  if (isTemporal(value)) return temporalText(value);
  return jsonText(value);
}

/** As `toText`, with null as the word: what `+` and a few filters do with it. */
export function toTextOrNull(value: unknown): string {
  return value === null || value === undefined ? "null" : toText(value);
}

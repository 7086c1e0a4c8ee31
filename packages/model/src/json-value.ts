import type { JsonMap, JsonValue } from "./flow.ts";

export function isJsonMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a scalar; empty for everything else. */
export function scalarText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The map, or undefined when the value is none. */
export function jsonMap(value: JsonValue | undefined): JsonMap | undefined {
  return isJsonMap(value) ? value : undefined;
}

/** A map without some of its keys. */
export function without(map: JsonValue, keys: readonly string[]): Record<string, JsonValue> {
  const entries = isJsonMap(map) ? Object.entries(map) : [];
  return Object.fromEntries(entries.filter(([key]) => !keys.includes(key)));
}

/** What JSON keeps of a value: undefined properties are left out, anything that JSON can't say becomes null. */
export function asJson(value: unknown): JsonValue {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object") return null;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, asJson(item)]));
}

/** Only such texts can hold whole numbers that a JavaScript number would change. */
const LONG_NUMBER = /\d{16}/u;

/**
 * Reads JSON text. A whole number that a JavaScript number would change stays the text of its digits, as it does in outputs.
 * Throws a `SyntaxError`.
 */
export function parseJsonValue(text: string): JsonValue {
  return (LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)) as JsonValue;
}

// The third argument of a reviver tells how the number was written; the compiler's library lacks it.
function keepDigits(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  const digits = context?.source;
  const isLong = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/u.test(digits ?? "");
  return isLong ? digits : value;
}

/** A replacer for `JSON.stringify`: whole numbers beyond those of JavaScript become texts of their digits. */
export function withLongDigits(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

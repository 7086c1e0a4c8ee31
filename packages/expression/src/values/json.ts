import { ExpressionError } from "../errors.ts";
import { checkDepth, isList, isMap, mapEntries, toArray } from "./maps.ts";
import { BoxedFloat } from "./boxed-float.ts";
import { isNumeric, narrowed, numberText } from "./numbers.ts";
import { isTemporal, temporalText } from "./temporal.ts";

/** Compact JSON; dates become texts, floats keep their point. */
export function jsonText(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (isNumeric(value)) return typeof value === "number" && !Number.isFinite(value) ? `"${value}"` : numberText(value);
  if (isTemporal(value)) return JSON.stringify(temporalText(value));
  checkDepth(depth);
  if (isList(value)) {
    return `[${toArray(value)
      .map((element) => jsonText(element, depth + 1))
      .join(",")}]`;
  }
  if (!isMap(value)) return JSON.stringify(typeof value);
  const entries = mapEntries(value).map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry, depth + 1)}`);
  return `{${entries.join(",")}}`;
}

// Only such texts can hold numbers that a JS number would change: `1.0`, `1e3` and integers of sixteen digits and more.
const NEEDS_NUMBER_CARE = /\d\.0|\d[eE]|\d{16}/u;

/** Reads JSON text. Whole floats stay floats, long integers stay exact. Throws a VALUE error with the reason. */
export function parseJson(text: string): unknown {
  try {
    if (!NEEDS_NUMBER_CARE.test(text)) return JSON.parse(text) as unknown;
    return JSON.parse(text, keepNumber) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExpressionError("VALUE", `The text is not JSON: ${reason}`, { cause: error });
  }
}

/** Whether `parseJson` would accept the text. */
export function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// The third argument of a reviver tells how the number was written; the compiler's library lacks it.
function keepNumber(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  if (/[.eE]/u.test(context.source)) return Number.isInteger(value) ? new BoxedFloat(value) : value;
  return Number.isSafeInteger(value) ? value : narrowed(BigInt(context.source));
}

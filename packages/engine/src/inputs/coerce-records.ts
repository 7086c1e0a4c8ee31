import type { Input, JsonMap, JsonValue } from "@capstan/model";
import { coerce, type Coerced, type Coercion, isNothing } from "./coerce.ts";
import { broken } from "./validate.ts";

/** The value of an OBJECT, or the rows of a TABLE: each field is an input of its own, and no other may be there. */
export function coerceRecords({ type, properties, columns }: Input, given: unknown, coercion: Coercion): Coerced {
  const whole = coerce(given, coercion);
  if ("reason" in whole) return whole;
  if (type === "OBJECT") return coerceRecord(properties ?? [], whole.value as JsonMap, coercion);
  const rows: JsonValue[] = [];
  for (const [index, row] of (whole.value as readonly JsonMap[]).entries()) {
    const coerced = coerceRecord(columns ?? [], row, coercion);
    if ("reason" in coerced) return { reason: `row ${index + 1}: ${coerced.reason}` };
    rows.push(coerced.value);
  }
  return { value: rows };
}

function coerceRecord(fields: readonly Input[], given: JsonMap, coercion: Coercion): Coerced {
  const known = fields.map(({ id }) => id);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    return { reason: `it has no \`${unknown}\`, only ${known.map((id) => `\`${id}\``).join(", ")}` };
  const record: Record<string, JsonValue> = {};
  for (const field of fields) {
    const coerced = coerceField(field, given[field.id] ?? null, coercion);
    if ("reason" in coerced) return { reason: `its \`${field.id}\`: ${coerced.reason}` };
    record[field.id] = coerced.value;
  }
  return { value: record };
}

function coerceField(field: Input, given: JsonValue, coercion: Coercion): Coerced {
  const { type, itemType, required, values } = field;
  if (given === null || isNothing(given, type))
    return required ? { reason: "missing required input" } : { value: null };
  const coerced = coerce(given, { ...coercion, type, itemType });
  if ("reason" in coerced) return coerced;
  const reason = broken(field, coerced.value, values);
  return reason === undefined ? coerced : { reason };
}

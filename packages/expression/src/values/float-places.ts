import { BoxedFloat } from "./boxed-float.ts";

/** Keys from the outside inwards. */
export type Place = readonly string[];

/**
 * JSON can't tell 10.0 from 10. A copy of a JSON value in which whole numbers at the given places, and in lists there, are
 * floats again; the same value when there are none.
 */
export function withFloats<Value>(value: Value, places: readonly Place[]): Value {
  let changed: unknown = value;
  for (const place of places) changed = floatAt(changed, place);
  return changed as Value;
}

function floatAt(value: unknown, [key, ...rest]: Place): unknown {
  if (key === undefined) return asFloat(value);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return value;
  const before = (value as Record<string, unknown>)[key];
  const after = floatAt(before, rest);
  if (after === before) return value;
  if (!Array.isArray(value)) return { ...value, [key]: after };
  return value.map((item: unknown, index) => (index === Number(key) ? after : item));
}

function asFloat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asFloat);
  return Number.isInteger(value) ? new BoxedFloat(value as number) : value;
}

import { ExpressionError } from "../errors.ts";
import { DATA_DEPTH_MAX } from "../limits.ts";
import { LazyMap } from "../scope.ts";
import { isTemporal } from "./temporal.ts";
import { BoxedFloat } from "./boxed-float.ts";

export type AnyMap = LazyMap | Map<unknown, unknown> | Record<string, unknown>;

/** Whether a value is a map of the language: a plain object, a `Map` or a `LazyMap`. */
export function isMap(value: unknown): value is AnyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof BoxedFloat) &&
    !(value instanceof Set) &&
    !isTemporal(value)
  );
}

/** Whether a value is a list of the language: an array or a `Set`. */
export function isList(value: unknown): value is readonly unknown[] | Set<unknown> {
  return Array.isArray(value) || value instanceof Set;
}

export function toArray(list: readonly unknown[] | Set<unknown>): readonly unknown[] {
  return list instanceof Set ? [...list] : list;
}

/** The value of a key, `undefined` when there is none. */
export function mapGet(map: AnyMap, key: string): unknown {
  if (map instanceof LazyMap || map instanceof Map) return map.get(key);
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The keys whose values are defined; a lazy map isn't asked for its values. */
export function mapKeys(map: AnyMap): string[] {
  if (map instanceof LazyMap) return [...map.keys()];
  if (map instanceof Map) return [...map.keys()].map(String);
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

/** Keys and values; reads every value. */
export function mapEntries(map: AnyMap): [string, unknown][] {
  return mapKeys(map).map((key) => [key, mapGet(map, key) ?? null]);
}

/** Sets a key of a plain object, whatever its name. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

export function mapOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries) put(result, key, value);
  return result;
}

/**
 * A copy in plain objects, arrays and scalars: lazy maps read, boxed floats unboxed. Dates stay dates. `spend` is told of the
 * elements that are copied, and may throw.
 */
export function toPlain(value: unknown, spend?: (steps: number) => void, depth = 0): unknown {
  if (value instanceof BoxedFloat) return value.value;
  if (typeof value !== "object" || value === null) return value;
  checkDepth(depth);
  if (isList(value)) {
    const list = toArray(value);
    spend?.(list.length);
    return list.map((element) => toPlain(element, spend, depth + 1));
  }
  if (!isMap(value)) return value;
  const entries = mapEntries(value);
  spend?.(entries.length);
  return mapOf(entries.map(([key, entry]) => [key, toPlain(entry, spend, depth + 1)]));
}

/** Throws a LIMIT error for data nested too deeply, a list that contains itself for instance. */
export function checkDepth(depth: number): void {
  if (depth > DATA_DEPTH_MAX) {
    throw new ExpressionError("LIMIT", `The data is nested more than ${DATA_DEPTH_MAX} levels deep`);
  }
}

import { put } from "@capstan/expression";
import type { JsonMap, JsonValue } from "@capstan/model";

/** Values by dotted id, shown as nested maps: `a.b` is `{ a: { b } }`. */
export interface NestedValues {
  set(id: string, value: JsonValue): void;
  readonly map: JsonMap;
}

export function createNestedValues(): NestedValues {
  // Plain objects: what holds one without a prototype becomes JSON in three times the time.
  const map: Record<string, JsonValue> = {};
  return {
    map,
    set: (id, value) => {
      const segments = id.split(".");
      let target = map;
      for (const segment of segments.slice(0, -1)) {
        let inner = Object.hasOwn(target, segment) ? target[segment] : undefined;
        if (!isPlainMap<JsonValue>(inner)) put(target, segment, (inner = {}));
        target = inner;
      }
      put(target, segments.at(-1)!, value);
    },
  };
}

/** The value given for an id: under the id itself, or nested by its dots. */
export function givenFor(id: string, given: Readonly<Record<string, unknown>>): unknown {
  if (Object.hasOwn(given, id)) return given[id];
  let value: unknown = given;
  for (const segment of id.split(".")) {
    if (!isPlainMap<unknown>(value) || !Object.hasOwn(value, segment)) return undefined;
    value = value[segment];
  }
  return value;
}

/** Names that were given but belong to no input; nested maps are looked into as far as dotted ids reach. */
export function undeclaredNames(ids: readonly string[], given: Readonly<Record<string, unknown>>, path = ""): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const name = path + key;
    if (ids.includes(name)) return [];
    const isBranch = ids.some((id) => id.startsWith(`${name}.`));
    return isBranch && isPlainMap<unknown>(value) ? undeclaredNames(ids, value, `${name}.`) : [name];
  });
}

function isPlainMap<Value>(value: unknown): value is Record<string, Value> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

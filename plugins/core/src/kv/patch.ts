import type { JsonMap, JsonValue } from "@capstan/sdk";

/**
 * The stored value after a Put: a map is merged into it at every depth; a list of `{key: "a.b", value}` sets single places;
 * `{value}` alone (also in a list) replaces the whole, and so does anything else.
 */
export function patched(stored: JsonValue | undefined, change: JsonValue): JsonValue {
  const replacement = replacementOf(change);
  if (replacement !== undefined) return replacement.value;
  if (isPatchList(change)) {
    let current: JsonValue = stored ?? {};
    for (const patch of change) {
      const whole = replacementOf(patch);
      current =
        whole === undefined
          ? withValueAt(current, String(patch["key"]).split("."), patch["value"] ?? null)
          : whole.value;
    }
    return current;
  }
  return merged(stored, change);
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function replacementOf(change: JsonValue): { readonly value: JsonValue } | undefined {
  if (!isMap(change) || !Object.hasOwn(change, "value") || Object.keys(change).length !== 1) return undefined;
  return { value: change["value"]! };
}

function isPatchList(change: JsonValue): change is readonly JsonMap[] {
  return Array.isArray(change) && change.length > 0 && change.every((entry) => isMap(entry) && isPatch(entry));
}

function isPatch(entry: JsonMap): boolean {
  return Object.hasOwn(entry, "value") && Object.keys(entry).every((name) => name === "key" || name === "value");
}

function withValueAt(stored: JsonValue, [step, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (step === undefined) return value;
  const map = isMap(stored) ? stored : {};
  const inner = Object.hasOwn(map, step) ? map[step]! : {};
  return Object.fromEntries([...Object.entries(map), [step, withValueAt(inner, rest, value)]]);
}

function merged(stored: JsonValue | undefined, change: JsonValue): JsonValue {
  if (!isMap(stored) || !isMap(change)) return change;
  const changes = Object.entries(change).map(([name, value]): [string, JsonValue] => [
    name,
    Object.hasOwn(stored, name) ? merged(stored[name], value) : value,
  ]);
  return Object.fromEntries([...Object.entries(stored), ...changes]);
}

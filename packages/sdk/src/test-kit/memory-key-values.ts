import type { JsonValue } from "@capstan/model";
import type { KeyValue, KeyValueService } from "../context.ts";
import { TaskFailure } from "../definition.ts";

/** A key-value store in memory, with expiry by the given clock. */
export function createMemoryKeyValues(now: () => number): KeyValueService {
  const entries = new Map<string, Map<string, KeyValue>>();
  const find = (namespace: string, key: string): KeyValue | undefined => {
    const entry = entries.get(namespace)?.get(key);
    return entry === undefined || hasExpired(entry, now()) ? undefined : entry;
  };
  return {
    async get(namespace, key, options) {
      for (const candidate of options?.inherit === true ? lineage(namespace) : [namespace]) {
        const entry = find(candidate, key);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    async set(namespace, key, value, options) {
      if (!/^[a-zA-Z0-9][\w.-]*$/.test(key))
        throw new TaskFailure(`"${key}" is no key: use letters, digits, ".", "_", "-".`);
      const existing = find(namespace, key);
      if (options?.overwrite === false && existing !== undefined)
        throw new TaskFailure(`The key "${key}" exists in ${namespace} and \`overwrite\` is false.`);
      const ofNamespace = entries.get(namespace) ?? new Map<string, KeyValue>();
      entries.set(namespace, ofNamespace);
      ofNamespace.set(key, {
        key,
        value,
        type: options?.type ?? typeOf(value),
        createdAt: existing?.createdAt ?? now(),
        updatedAt: now(),
        ...(options?.description === undefined ? {} : { description: options.description }),
        ...(options?.ttlMs === undefined ? {} : { expiresAt: now() + options.ttlMs }),
      });
    },
    async list(namespace, prefix = "", options = {}) {
      const all = [...(entries.get(namespace)?.values() ?? [])];
      return all
        .filter((entry) => entry.key.startsWith(prefix) && (options.expired === true || !hasExpired(entry, now())))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    },
    namespaces: async () => [...entries.keys()].filter((namespace) => entries.get(namespace)!.size > 0),
    delete: async (namespace, key) => entries.get(namespace)?.delete(key) ?? false,
  };
}

function hasExpired(entry: KeyValue, now: number): boolean {
  return entry.expiresAt !== undefined && entry.expiresAt <= now;
}

/** The namespace and its parents, nearest first. */
function lineage(namespace: string): string[] {
  const segments = namespace.split(".");
  return segments.map((_, index) => segments.slice(0, segments.length - index).join("."));
}

function typeOf(value: JsonValue): KeyValue["type"] {
  if (typeof value === "string") return "STRING";
  if (typeof value === "number") return "NUMBER";
  return typeof value === "boolean" ? "BOOLEAN" : "JSON";
}

import { TaskFailure, type KeyValue, type KeyValueService } from "@capstan/sdk";
import { type JsonValue, withLongDigits } from "@capstan/model";
import type { KeyValueRow, Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { commitFor, type HeldKey } from "../idempotency/held-key.ts";

/** Longest key, in characters. */
export const KEY_CHARACTERS_MAX = 256;
/** Nothing that is stored was over at that time. */
const ALL_TIME = 0;
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/** The key-values of a tenant, by namespace; a request's key is committed with the one that is set. */
export function createKeyValues(store: Store, clock: Clock, tenant: string, requestKey?: HeldKey): KeyValueService {
  return {
    get: async (namespace, key, { inherit = false } = {}) => {
      for (const candidate of inherit ? selfAndParents(namespace) : [namespace]) {
        const row = await store.keyValues.get({ tenant, namespace: candidate, key }, clock.now());
        if (row !== undefined) return presented(row);
      }
      return undefined;
    },
    set: async (namespace, key, value, options = {}) => {
      if (!KEY.test(key) || key.length > KEY_CHARACTERS_MAX)
        throw new TaskFailure(
          `the key \`${key}\` is not valid: use letters, digits, dots, dashes and underscores, starting with a letter or digit`,
        );
      const now = clock.now();
      const before = await store.keyValues.get({ tenant, namespace, key }, now);
      if (before !== undefined && options.overwrite === false)
        throw new TaskFailure(`the key \`${key}\` exists in the namespace ${namespace}, and \`overwrite\` is false`);
      const row: KeyValueRow = {
        tenant,
        namespace,
        key,
        value: JSON.parse(JSON.stringify(value, withLongDigits)) as JsonValue,
        type: options.type ?? typeOf(value),
        ...(options.description === undefined ? {} : { description: options.description }),
        ...(options.ttlMs === undefined ? {} : { expiresAt: now + options.ttlMs }),
        ...(before === undefined ? {} : { revision: (before.revision ?? 1) + 1 }),
        createdAt: before?.createdAt ?? now,
        updatedAt: now,
      };
      await commitFor(requestKey, store, { keyValues: [row] }, { answer: { status: 200 } });
    },
    list: async (namespace, prefix, { expired = false } = {}) => {
      const rows = await store.keyValues.list(tenant, namespace, expired ? ALL_TIME : clock.now(), prefix);
      return rows.map(presented);
    },
    namespaces: () => store.flows.namespaces(tenant),
    delete: async (namespace, key) => {
      const existing = await store.keyValues.get({ tenant, namespace, key }, ALL_TIME);
      if (existing === undefined) return false;
      await store.commit({ removedKeyValues: [{ tenant, namespace, key }] });
      return true;
    },
  };
}

/** `a.b.c`, `a.b`, `a`. */
export function selfAndParents(namespace: string): readonly string[] {
  const segments = namespace.split(".");
  return segments.map((_, position) => segments.slice(0, segments.length - position).join("."));
}

function presented({ tenant: _tenant, namespace: _namespace, ...keyValue }: KeyValueRow): KeyValue {
  return keyValue;
}

function typeOf(value: JsonValue | bigint): KeyValueRow["type"] {
  if (typeof value === "number" || typeof value === "bigint") return "NUMBER";
  if (typeof value === "boolean") return "BOOLEAN";
  return typeof value === "string" ? "STRING" : "JSON";
}

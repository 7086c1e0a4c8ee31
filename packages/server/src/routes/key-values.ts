import type { keyValueRoutes } from "@capstan/api";
import { parseDuration, instantText } from "@capstan/model";
import { KEY_CHARACTERS_MAX } from "@capstan/runtime";
import { once } from "../idempotency/once.ts";
import type { Handlers } from "../mount.ts";
import { presentKeyValueEntry } from "../presentation/rows.ts";
import { Refusal } from "../refusal.ts";
import { keyValueRules } from "../requests/filters.ts";
import { readTypedValue } from "../requests/key-value.ts";
import { presentPage, readPage } from "../requests/page.ts";
import { readFilter } from "../requests/read-filter.ts";
import type { ApiService } from "../service.ts";

const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;
const SORT = {
  key: "key",
  namespace: "namespace",
  updateDate: "updatedAt",
  expirationDate: "expiresAt",
} as const;

export function keyValueHandlers(service: ApiService): Handlers<typeof keyValueRoutes> {
  const { runtime, now } = service;
  const services = (tenant: string) => runtime.services(tenant).keyValues;
  return {
    listTenantKeyValues: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, keyValueRules);
      const page = await runtime.store.keyValues.search(filter, now(), readPage(query, SORT));
      return presentPage(page, (row) => presentKeyValueEntry(row.namespace, row));
    },
    listKeyValues: async ({ tenant, parameters: { namespace } }) =>
      (await services(tenant).list(namespace)).map((row) => presentKeyValueEntry(namespace, row)),
    listInheritedKeyValues: async ({ tenant, parameters: { namespace } }) => {
      const entries: ReturnType<typeof presentKeyValueEntry>[] = [];
      const seen = new Set((await services(tenant).list(namespace)).map(({ key }) => key));
      for (const parent of parentsOf(namespace))
        for (const row of await services(tenant).list(parent)) {
          if (!seen.has(row.key)) entries.push(presentKeyValueEntry(parent, row));
          seen.add(row.key);
        }
      return entries;
    },
    deleteKeyValues: async ({ tenant, parameters: { namespace }, body }) => {
      const keys: string[] = [];
      for (const key of body.keys) if (await services(tenant).delete(namespace, key)) keys.push(key);
      return { keys };
    },
    getKeyValue: async ({ tenant, parameters: { namespace, key } }) => {
      refuseOtherThanKey(key);
      // Asked as of the beginning of time, so that an expired row, if it is still stored, is told from a missing one.
      const row = await runtime.store.keyValues.get({ tenant, namespace, key }, 0);
      if (row === undefined) throw new Refusal("key-not-found", `There is no key "${key}" in ${namespace}`);
      if (row.expiresAt !== undefined && row.expiresAt <= now())
        throw new Refusal("key-expired", `The key "${key}" has expired`);
      return { type: row.type, value: row.value, revision: row.revision ?? 1, updated: instantText(row.updatedAt) };
    },
    putKeyValue: once(service, async ({ tenant, parameters: { namespace, key }, body, request }, requestKey) => {
      refuseOtherThanKey(key);
      const { type, value } = readTypedValue(body);
      const { ttl, description } = request.headers;
      const ttlMs = typeof ttl === "string" && ttl !== "" ? readTimeToLive(ttl) : undefined;
      await runtime.services(tenant, requestKey?.identified()).keyValues.set(namespace, key, value, {
        type,
        ...(ttlMs !== undefined && { ttlMs }),
        ...(typeof description === "string" && { description }),
      });
    }),
    deleteKeyValue: ({ tenant, parameters: { namespace, key } }) => {
      refuseOtherThanKey(key);
      return services(tenant).delete(namespace, key);
    },
  };
}

/** Throws 422 for what can't be a key. */
function refuseOtherThanKey(key: string): void {
  if (KEY.test(key) && key.length <= KEY_CHARACTERS_MAX) return;
  throw new Refusal(
    "key-invalid",
    `"${key}" is not a key: at most ${KEY_CHARACTERS_MAX} letters, digits, dots, dashes and underscores, a letter or digit first`,
  );
}

/** The namespaces above one, nearest first. */
function parentsOf(namespace: string): readonly string[] {
  const parts = namespace.split(".").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

function readTimeToLive(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds <= 0)
    throw new Refusal("ttl-invalid", `The header ttl is not an ISO-8601 duration: "${text}"`);
  return milliseconds;
}

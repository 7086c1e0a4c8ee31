import type { namespaceRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { SYSTEM_NAMESPACE } from "../requests/field-rules.ts";
import { type NamespaceFilter, namespaceRules, passesName } from "../requests/filters.ts";
import { sortNames, sliceOf } from "../requests/page.ts";
import { readFilter } from "../requests/read-filter.ts";
import type { Service } from "../service.ts";

/** Namespaces come into being with what they hold; the system's own is always there. */
export function namespaceHandlers(service: Service): Handlers<typeof namespaceRoutes> {
  const { flows } = service.runtime.store;
  const matching = async (filter: NamespaceFilter) => {
    const holding = await flows.namespaces(filter.tenant);
    const all = filter.existing === true ? holding : withParents([...holding, SYSTEM_NAMESPACE]);
    return all.filter((id) => passesName(id, filter));
  };
  return {
    searchNamespaces: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, namespaceRules);
      const ids = sortNames(await matching(filter), query, ["id"]);
      return sliceOf(ids.map(present), query);
    },
    autocompleteNamespaces: async ({ tenant, body: { q, ids = [], existingOnly: existing } }) => {
      const filter = { tenant, ...(q !== undefined && { query: q }), ...(existing !== undefined && { existing }) };
      return [...new Set([...ids, ...(await matching(filter))])];
    },
    getNamespace: ({ parameters: { namespace } }) => present(namespace),
  };
}

function present(id: string) {
  return { id, deleted: false };
}

/** `a.b.c` is within `a.b` and `a`, which exist with it. */
function withParents(namespaces: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const namespace of namespaces) {
    const parts = namespace.split(".");
    for (let length = 1; length <= parts.length; length += 1) found.add(parts.slice(0, length).join("."));
  }
  return [...found].toSorted();
}

import type { namespaceRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { readCriteria, type FieldRules } from "../requests/criteria.ts";
import { sliceOf } from "../requests/page.ts";
import type { Service } from "../service.ts";

interface NamespaceFilter {
  readonly q?: string;
}
const RULES: FieldRules<NamespaceFilter> = {
  q: { flat: "EQUALS", operators: ["EQUALS", "CONTAINS"], apply: () => {} },
  existing: { flat: "EQUALS", operators: ["EQUALS"], apply: () => {} },
  existingOnly: { flat: "EQUALS", operators: ["EQUALS"], apply: () => {} },
};

export function namespaceHandlers({ runtime }: Service): Handlers<typeof namespaceRoutes> {
  const all = async (tenant: string, text = "") =>
    withParents(await runtime.store.flows.namespaces(tenant)).filter((id) =>
      id.toLowerCase().includes(text.toLowerCase()),
    );
  return {
    searchNamespaces: async ({ tenant, query }) => {
      const wanted = readCriteria(query, RULES).find(({ field }) => field === "q")?.values[0];
      return sliceOf((await all(tenant, wanted)).map(present), query);
    },
    autocompleteNamespaces: async ({ tenant, body }) => [
      ...new Set([...(body.ids ?? []), ...(await all(tenant, body.q))]),
    ],
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

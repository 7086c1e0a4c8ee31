import type { secretRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { passesName, secretRules } from "../requests/filters.ts";
import { type PageQuery, sliceOf, sortNames } from "../requests/page.ts";
import { readFilter } from "../requests/read-filter.ts";
import type { Service } from "../service.ts";

/** Secrets come with the settings of the server, and every namespace has all of them. */
export function secretHandlers(service: Service): Handlers<typeof secretRoutes> {
  const namesOf = (tenant: string) => service.runtime.secretNames(tenant);
  const page = async (tenant: string, query: PageQuery) => {
    const filter = await readFilter(service, query, { tenant }, secretRules);
    const names = (await namesOf(tenant)).filter((name) => passesName(name, filter));
    const slice = sliceOf(sortNames(names, query, ["key"]), query);
    return { ...slice, results: slice.results.map((key) => ({ key, tags: [] })), readOnly: true };
  };
  return {
    listSecrets: ({ tenant, query }) => page(tenant, query),
    listNamespaceSecrets: ({ tenant, query }) => page(tenant, query),
    listInheritedSecrets: async ({ tenant, parameters: { namespace } }) => ({ [namespace]: await namesOf(tenant) }),
  };
}

import type { flowToolRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import type { Service } from "../service.ts";
import { dependenciesOf, readDependencies, uidOf } from "./dependencies.ts";
import { flowNotFound } from "./flow-lookup.ts";

type Dependencies = Pick<
  Handlers<typeof flowToolRoutes>,
  "flowDependencies" | "namespaceDependencies" | "tenantDependencies"
>;

/** What flows have to do with each other: around one, within a namespace, and all. */
export function dependencyHandlers(service: Service): Dependencies {
  const { flows } = service.runtime;
  return {
    flowDependencies: async ({ tenant, parameters, query }) => {
      if ((await flows.get({ tenant, ...parameters })) === undefined) throw flowNotFound(parameters);
      return dependenciesOf(await readDependencies(service, tenant), new Set([uidOf(parameters)]), query);
    },
    namespaceDependencies: async ({ tenant, parameters: { namespace }, query }) => {
      const map = await readDependencies(service, tenant);
      const start = Array.from(map.flows).flatMap(([uid, flow]) =>
        `${flow.namespace}.`.startsWith(`${namespace}.`) ? [uid] : [],
      );
      return dependenciesOf(map, new Set(start), query);
    },
    tenantDependencies: async ({ tenant, query }) => {
      const map = await readDependencies(service, tenant);
      return dependenciesOf(map, new Set(map.flows.keys()), { ...query, expandAll: false });
    },
  };
}

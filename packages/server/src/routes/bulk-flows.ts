import type { flowRoutes } from "@capstan/api";
import type { FlowKey } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { BulkRefusal } from "../refusal.ts";
import { flowRules } from "../requests/filters.ts";
import { readAll } from "../requests/page.ts";
import { readStrictFilter } from "../requests/read-filter.ts";
import type { Service } from "../service.ts";
import { bulkAnswer } from "./bulk-answer.ts";

/** Most flows that one call changes. */
export const BULK_FLOWS_MAX = 10_000;

type Bulk = Pick<
  Handlers<typeof flowRoutes>,
  | "deleteFlowsByIds"
  | "deleteFlowsByQuery"
  | "disableFlowsByIds"
  | "disableFlowsByQuery"
  | "enableFlowsByIds"
  | "enableFlowsByQuery"
>;

/** Changes of many flows. */
export function bulkFlowHandlers(service: Service): Bulk {
  const { flows, store } = service.runtime;
  const matching = async (tenant: string, query: object) => {
    const filter = await readStrictFilter(service, query, { tenant }, flowRules);
    return readAll(store.flows, filter, BULK_FLOWS_MAX);
  };
  const setDisabled = async (keys: readonly FlowKey[], disabled: boolean) => {
    await assertAllExist(service, keys, disabled ? "disable" : "enable");
    for (const key of keys) await flows.setDisabled(key, disabled);
    return bulkAnswer(keys.length);
  };
  const deleteAll = async (keys: readonly FlowKey[]) => {
    await assertAllExist(service, keys, "delete");
    for (const key of keys) await flows.delete(key);
    return bulkAnswer(keys.length);
  };
  const keysOf = (tenant: string, ids: readonly { namespace: string; id: string }[]) =>
    ids.map(({ namespace, id }) => ({ tenant, namespace, id }));
  return {
    deleteFlowsByIds: ({ tenant, body }) => deleteAll(keysOf(tenant, body)),
    deleteFlowsByQuery: async ({ tenant, query }) => deleteAll(await matching(tenant, query)),
    disableFlowsByIds: ({ tenant, body }) => setDisabled(keysOf(tenant, body), true),
    disableFlowsByQuery: async ({ tenant, query }) => setDisabled(await matching(tenant, query), true),
    enableFlowsByIds: ({ tenant, body }) => setDisabled(keysOf(tenant, body), false),
    enableFlowsByQuery: async ({ tenant, query }) => setDisabled(await matching(tenant, query), false),
  };
}

/** Nothing is changed when one is missing. */
async function assertAllExist({ runtime }: Service, keys: readonly FlowKey[], action: string): Promise<void> {
  const missing: FlowKey[] = [];
  for (const key of keys) if ((await runtime.flows.get(key)) === undefined) missing.push(key);
  if (missing.length === 0) return;
  throw new BulkRefusal(
    action,
    missing.map(({ namespace, id }) => ({ message: "there is no such flow", invalidValue: `${namespace}.${id}` })),
  );
}

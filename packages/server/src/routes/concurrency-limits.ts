import type { flowToolRoutes } from "@capstan/api";
import type { ExecutionRow } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { eachRow, sliceOf } from "../requests/page.ts";
import type { Service } from "../service.ts";

/** States of an execution that takes one of the places of its flow. */
const RUNNING: readonly ExecutionRow["state"][] = ["RUNNING", "PAUSED", "RETRYING", "KILLING", "BREAKPOINT"];

/** Places are counted from the executions themselves, so that there is no counter that could be wrong. */
export function concurrencyHandlers({
  runtime,
}: Service): Pick<Handlers<typeof flowToolRoutes>, "searchConcurrencyLimits"> {
  const { flows, store } = runtime;
  return {
    searchConcurrencyLimits: async ({ tenant, query }) => {
      const limited: { readonly namespace: string; readonly flowId: string; readonly limit: number }[] = [];
      for await (const { namespace, id: flowId, source } of eachRow(store.flows, { tenant })) {
        // Most flows have none, which is told without reading them.
        const limit = source.includes("concurrency")
          ? flows.check(source).flow?.concurrency.find(({ key }) => key === undefined)?.limit
          : undefined;
        if (limit !== undefined) limited.push({ namespace, flowId, limit });
      }
      const { results, total } = sliceOf(limited, query);
      const counted = results.map(async ({ namespace, flowId, limit }) => {
        const running = await store.executions.countByFlow(tenant, namespace, flowId, RUNNING);
        return { tenantId: tenant, namespace, flowId, running, limit };
      });
      return { results: await Promise.all(counted), total };
    },
  };
}

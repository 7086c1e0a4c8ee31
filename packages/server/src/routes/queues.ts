import type { queueRoutes } from "@capstan/api";
import { formatDuration, instantText } from "@capstan/model";
import type { QueueState } from "@capstan/runtime";
import type { Handlers } from "../mount.ts";
import { sliceOf } from "../requests/page.ts";
import type { Service } from "../service.ts";

/** Who waits for what. */
export function queueHandlers({ runtime }: Service): Handlers<typeof queueRoutes> {
  return {
    searchQueues: ({ tenant, query }) => {
      const found = runtime.queues(tenant).filter((state) => passes(state, query));
      const { results, total } = sliceOf(found, query);
      return { results: results.map(presentQueue), total };
    },
  };
}

function passes(
  { where, waiting }: QueueState,
  query: { readonly namespace?: string | undefined; readonly flowId?: string | undefined; readonly waiting: boolean },
): boolean {
  const { namespace, flowId } = query;
  if (query.waiting && waiting === 0) return false;
  if (flowId !== undefined && where.flowId !== flowId) return false;
  return (
    namespace === undefined || where.namespace === namespace || where.namespace?.startsWith(`${namespace}.`) === true
  );
}

function presentQueue({ where, since, window, holders, next, ...state }: QueueState) {
  return {
    ...state,
    ...where,
    holders: [...holders],
    next: [...next],
    ...(since !== undefined && { waitingSince: instantText(since) }),
    ...(window !== undefined && {
      window: { duration: formatDuration(window.durationMs), endsAt: instantText(window.endsAt) },
    }),
  };
}

import type { clusterRoutes } from "@capstan/api";
import { instantText } from "@capstan/model";
import type { Handlers } from "../mount.ts";
import type { Service } from "../service.ts";

/** The servers that share the database, and the workers of other processes. */
export function clusterHandlers({ members, runtime }: Service): Handlers<typeof clusterRoutes> {
  return {
    listMembers: async () =>
      (await members()).map(({ startedAt, state, isLost, ...member }) => ({
        ...member,
        state: isLost ? "LOST" : state,
        startedAt: instantText(startedAt),
      })),
    listWorkers: () =>
      (runtime.workers?.list() ?? []).map(({ since, isConnected, isLeaving, ...worker }) => ({
        ...worker,
        state: isLeaving ? "LEAVING" : isConnected ? "CONNECTED" : "DISCONNECTED",
        since: instantText(since),
      })),
  };
}

import { isTerminal } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";

/** Each end of an execution that a flow watches starts that flow once. */
export const flowTriggersFireOnce: Checker = {
  invariant: "a flow trigger fires exactly once for each end that it watches",
  watch: ({ violate, plan }) => {
    return (observation) => {
      if (observation.type !== "over" || !plan.hasWatcher) return;
      const fired = new Map<string, number>();
      for (const { row } of observation.stored) {
        if (row?.flowId !== "watcher") continue;
        const upstream = String(row.trigger?.variables["executionId"]);
        fired.set(upstream, (fired.get(upstream) ?? 0) + 1);
      }
      for (const { id, row } of observation.stored) {
        if (row?.flowId !== "main") continue;
        const ends = ownHistory(row).filter(({ state }) => isTerminal(state) && state !== "RETRIED").length;
        const count = fired.get(id) ?? 0;
        if (count !== ends)
          violate(`${id} ended ${ends} times (${row.state}), and its watcher was started ${count} times`);
      }
    };
  },
};

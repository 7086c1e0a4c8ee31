import type { ExecutionRow, State } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";

/** Executions that a person let run, or that went on from another's past, are not counted. */
export const quotasHold: Checker = {
  invariant: "no more executions of a flow start in a window than its quota allows",
  watch: ({ durable, violate, plan }) => {
    const { quota } = plan.control;
    const exempt = new Set<string>();
    // One that queues counts who runs, one that refuses who comes and is not refused.
    const counted = new Set<State>(quota?.behavior === "QUEUE" ? ["RUNNING"] : ["RUNNING", "QUEUED"]);
    const startOf = (row: ExecutionRow) => ownHistory(row).find(({ state }) => counted.has(state))?.date;
    return (observation) => {
      if (quota === undefined) return;
      if (observation.type === "requested" && observation.executionId !== undefined)
        exempt.add(observation.executionId);
      if (observation.type !== "written") return;
      const windows = new Map<number, string[]>();
      for (const row of durable.executions.values()) {
        const date = row.flowId === "main" && row.history[0]?.state === "CREATED" ? startOf(row) : undefined;
        if (date === undefined || exempt.has(row.id)) continue;
        const window = Math.floor(date / quota.durationMs);
        windows.set(window, [...(windows.get(window) ?? []), row.id]);
      }
      for (const ids of windows.values())
        if (ids.length > quota.limit)
          violate(`${ids.join(", ")} started in one window, but the quota of main is ${quota.limit}`);
    };
  },
};

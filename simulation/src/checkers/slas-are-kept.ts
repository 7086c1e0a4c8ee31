import { isTerminal, type ExecutionRow, type State } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";
import { SLA_MS, type PlannedSla } from "../world-plan.ts";

const STATES: Readonly<Record<PlannedSla["behavior"], State | undefined>> = {
  FAIL: "FAILED",
  CANCEL: "CANCELLED",
  NONE: undefined,
};

/** An execution that takes too long is labelled, and the first demand that it breaks decides how it ends. */
export const slasAreKept: Checker = {
  invariant: "an execution that breaks an SLA bears its label, and ends as the SLA says",
  watch: ({ durable, violate, plan }) => {
    const meddled = new Set<string>();
    const ranThrough = new Set<string>();
    return (observation) => {
      if (observation.type === "requested" && observation.executionId !== undefined)
        meddled.add(observation.executionId);
      if (observation.type === "clock-set")
        for (const { id, state } of durable.executions.values()) if (!isTerminal(state)) ranThrough.add(id);
      if (observation.type !== "over" || plan.slas.length === 0) return;
      for (const { id, row } of observation.stored) {
        // What was refused with an execution may be that it broke an SLA.
        if (row?.flowId !== "main" || row.error?.includes("can't be stored") === true) continue;
        const broken = row.violatedSlas ?? [];
        for (const sla of plan.slas) {
          const isLabelled = row.labels.some(({ key, value }) => key === sla.id && value === "missed");
          const isTooLong = !ranThrough.has(id) && lastsTooLong(row);
          if (sla.type === "MAX_DURATION" && isTooLong && !broken.includes(sla.id))
            violate(`${id} ran for more than ${SLA_MS} ms, and nobody noticed`);
          if (broken[0] === sla.id && !isLabelled) violate(`${id} broke ${sla.id} and does not bear its label`);
          const state = STATES[sla.behavior];
          if (broken[0] === sla.id && state !== undefined && row.state !== state && !meddled.has(id))
            violate(`${id} broke ${sla.id} and ended ${row.state} instead of ${state}`);
        }
      }
    };
  },
};

/** In its last life. */
function lastsTooLong(row: ExecutionRow): boolean {
  const history = ownHistory(row);
  const before = history.slice(0, -1).findLastIndex(({ state }) => isTerminal(state));
  const began = history.slice(before + 1).find(({ state }) => state === "RUNNING")?.date;
  return began !== undefined && history.at(-1)!.date > began + SLA_MS;
}

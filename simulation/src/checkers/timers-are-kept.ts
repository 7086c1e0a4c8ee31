import type { TaskRunRow } from "@capstan/engine";
import { timerName } from "../durable.ts";
import type { Checker } from "../history.ts";

/** Whatever durably waits for a moment has a durable timer for it. */
export const timersAreKept: Checker = {
  invariant: "a timer is never lost",
  watch: ({ durable, violate, plan }) => {
    let changed = new Set<string>();
    const demandTimer = (executionId: string, run: TaskRunRow) => {
      const flowId = durable.executions.get(executionId)?.flowId ?? "";
      const key = timerOf(run, plan.kinds.get(`${flowId}/${run.taskId}`));
      if (key !== undefined && !durable.timers.has(timerName({ executionId, key })))
        violate(`${executionId}/${run.index} ${run.taskId} is ${run.state}, but the store has no timer ${key}`);
    };
    return (observation) => {
      if (observation.type === "commit") {
        const { executions = [], taskRuns = [], timers = [], clearedTimers = [] } = observation.unit;
        for (const { id } of executions) changed.add(id);
        for (const { executionId } of [...taskRuns, ...timers, ...clearedTimers]) changed.add(executionId);
      }
      if (observation.type !== "written") return;
      for (const id of changed) for (const run of durable.taskRuns(id)) demandTimer(id, run);
      changed = new Set();
    };
  },
};

/** The timer that a task run in this state waits for. */
function timerOf({ index, state, memory }: TaskRunRow, kind: string | undefined): string | undefined {
  // Its time has come, but errors of its block are to end first.
  if (memory?.["awaitsErrors"] === true) return undefined;
  if (state === "RETRYING") return `retry:${index}`;
  if (state !== "PAUSED") return undefined;
  return kind === "Wait" ? `task:${index}:over` : kind === "Review" ? `task:${index}:expires` : undefined;
}

import type { ExecutionRow, State } from "@capstan/engine";

/** States that an execution doesn't leave by itself. A table, because the store takes only types from the engine. */
const ENDED: Readonly<Record<State, boolean>> = {
  CREATED: false,
  SUBMITTED: false,
  RUNNING: false,
  PAUSED: false,
  RESTARTED: false,
  KILLING: false,
  QUEUED: false,
  RETRYING: false,
  BREAKPOINT: false,
  SUCCESS: true,
  WARNING: true,
  FAILED: true,
  KILLED: true,
  CANCELLED: true,
  RETRIED: true,
  SKIPPED: true,
  RESUBMITTED: true,
};

export function hasEnded(state: State): boolean {
  return ENDED[state];
}

/** Date of the first state, in epoch milliseconds: what lists filter and sort by. */
export function startDate(row: ExecutionRow): number {
  return row.history[0]?.date ?? row.createdAt;
}

/** Date of the last state, in epoch milliseconds; none while the execution lives. */
export function endDate(row: ExecutionRow): number | undefined {
  return ENDED[row.state] ? (row.history.at(-1)?.date ?? row.createdAt) : undefined;
}

/** The execution that caused this one through a trigger or a subflow, as the trigger's variables tell. */
export function triggerExecutionId(row: ExecutionRow): string | undefined {
  const id = row.trigger?.variables["executionId"];
  return typeof id === "string" ? id : undefined;
}

/** Label that tells who started an execution: one of a few words, on every execution. */
export const ORIGIN_LABEL = "system.from";
/** Label that ties an execution to the one that caused it; its value is mostly the execution's own id. */
export const CORRELATION_LABEL = "system.correlationId";

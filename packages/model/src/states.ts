/** Every state of an execution, a task run or an attempt, as flows name them. */
export const STATES = [
  "CREATED",
  "SUBMITTED",
  "RUNNING",
  "PAUSED",
  "RESTARTED",
  "KILLING",
  "QUEUED",
  "RETRYING",
  "BREAKPOINT",
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "RETRIED",
  "SKIPPED",
  "RESUBMITTED",
] as const;

export type State = (typeof STATES)[number];

/** Whether a state never changes by itself. */
export function isTerminal(state: State): boolean {
  switch (state) {
    case "SUCCESS":
    case "WARNING":
    case "FAILED":
    case "KILLED":
    case "CANCELLED":
    case "RETRIED":
    case "SKIPPED":
    case "RESUBMITTED":
      return true;
    case "CREATED":
    case "SUBMITTED":
    case "RUNNING":
    case "PAUSED":
    case "RESTARTED":
    case "KILLING":
    case "QUEUED":
    case "RETRYING":
    case "BREAKPOINT":
      return false;
    default:
      return state satisfies never;
  }
}

import type { ExecutionRow } from "@capstan/store";

/** The states that never change by themselves. */
export const ENDED: ReadonlySet<ExecutionRow["state"]> = new Set<ExecutionRow["state"]>([
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "RETRIED",
  "SKIPPED",
  "RESUBMITTED",
]);

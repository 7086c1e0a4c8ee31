import { isTerminal } from "./execution.ts";
import type { LiveRun } from "./live.ts";

/** What a service outside can tell repeats of a task's work by; see ADR 17. */
export interface IdempotencyKeys {
  /** The same for all that is ever tried for the task run: retries, restarts, and what is given out again after a crash. */
  readonly idempotencyKey: string;
  /** Another one for each try that ended; the same when a try is given out again because its worker was lost. */
  readonly attemptKey: string;
}

export function idempotencyKeysOf({ id, attempts }: Pick<LiveRun, "id" | "attempts">): IdempotencyKeys {
  const ended = attempts.filter(({ state }) => isTerminal(state) && state !== "RESUBMITTED").length;
  return { idempotencyKey: id, attemptKey: `${id}-${ended + 1}` };
}

import { isTerminal } from "../execution/execution.ts";
import { conclude, skipAfter } from "./finish.ts";
import { endAttempt, interruptWorker, leavePause } from "../blocks/run.ts";
import { log, setRunState } from "../execution/states.ts";
import { isWaitingForChildren, killChildren } from "../children/subflow.ts";
import type { Event, Turn } from "../turn.ts";

/**
 * Fails an execution at once, or ends it as it was to be stopped, because the store refuses what it came to. Nothing is waited for, and nothing is rendered: what
 * is written of it must be what the store has already, and the reason. Workers and children are told to stop; what they answer
 * finds nothing open.
 */
export function endUnstorable(turn: Turn, { reason, isLast }: Extract<Event, { type: "unstorable" }>): void {
  const { execution } = turn;
  const isOver = isTerminal(execution.state);
  const state = execution.stopping ?? "FAILED";
  log(turn, undefined, "ERROR", reason);
  for (const run of [...execution.runs.values()].toReversed()) {
    if (isTerminal(run.state)) continue;
    if (!interruptWorker(turn, run) && isWaitingForChildren(run)) killChildren(turn, run);
    leavePause(execution, run);
    endAttempt(turn, run, state);
    setRunState(turn, run, state);
  }
  if (isLast || isOver) skipAfter(turn);
  if (isOver) return;
  execution.error = reason;
  conclude(turn, state);
}

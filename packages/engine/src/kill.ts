import { isTerminal, type State } from "./execution.ts";
import type { LiveRun } from "./live.ts";
import { endAttempt, leavePause } from "./run.ts";
import { setExecutionState, setRunState } from "./states.ts";
import type { Turn } from "./turn.ts";

/**
 * Stops everything: what has not started ends at once, what runs is interrupted and ends when its worker says so, and
 * then the execution ends in the given state. Children come before their parents.
 */
export function stopAll(turn: Turn, state: State): void {
  const { execution } = turn;
  if (isTerminal(execution.state) || execution.stopping !== undefined) return;
  execution.stopping = state;
  execution.paused = false;
  execution.held = [];
  execution.suspended.clear();
  if (state === "KILLED") setExecutionState(turn, "KILLING");
  const open = [...execution.runs.values()].filter((run) => !isTerminal(run.state));
  for (const run of open.toReversed()) stopRun(turn, run, state);
  if (execution.root.open.size === 0) turn.agenda.push({ do: "finish", state });
}

function stopRun(turn: Turn, run: LiveRun, state: State): void {
  const interrupted = interrupt(turn, run);
  leavePause(turn.execution, run);
  if (interrupted || (run.block !== undefined && run.block.open.size > 0)) {
    setRunState(turn, run, "KILLING");
    return;
  }
  endAttempt(turn, run, state);
  setRunState(turn, run, state);
  run.lane.block.open.delete(run);
  if (run.block !== undefined) run.block.ended = true;
}

/** Whether somebody else must end the run: a worker, or the executions that it created. */
function interrupt(turn: Turn, run: LiveRun): boolean {
  const { kind, type } = run.node.task;
  const begun = run.state === "SUBMITTED" || run.state === "RUNNING";
  if (!begun) return false;
  const byWorker = kind === "runnable" || type.endsWith(".WorkingDirectory");
  if (byWorker) turn.effects.push({ type: "kill-task", run });
  const { executionId } = (run.memory ?? {}) as { executionId?: string };
  if (kind === "executable" && executionId !== undefined) turn.effects.push({ type: "kill-child", executionId });
  return byWorker || (kind === "executable" && executionId !== undefined);
}

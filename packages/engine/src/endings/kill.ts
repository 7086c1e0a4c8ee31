import { isTerminal, type State } from "../execution/execution.ts";
import type { LiveExecution, LiveRun } from "../execution/live.ts";
import { endAttempt, interruptWorker, isWithWorker, leavePause } from "../blocks/run.ts";
import { remember, setExecutionState, setRunState } from "../execution/states.ts";
import { isWaitingForChildren, killChildren } from "../children/subflow.ts";
import { skipAfter } from "./finish.ts";
import type { Turn } from "../turn.ts";

/**
 * Stops everything: what has not started ends at once, what runs is interrupted and ends when its worker says so, and
 * then the execution ends in the given state. Children come before their parents. Executions that it created and waits
 * for are killed with it, unless `cascade` is false. Of one that has ended, a kill stops what runs after the end.
 */
export function stopAll(turn: Turn, state: State, cascade = true): void {
  const { execution } = turn;
  if (isTerminal(execution.state)) {
    if (state === "KILLED") stopAfter(turn, cascade);
    return;
  }
  const isStopping = execution.stopping !== undefined && execution.verdict === undefined;
  if (isStopping) return;
  execution.verdict = undefined;
  holdEverything(execution, state);
  if (state === "KILLED") setExecutionState(turn, "KILLING");
  for (const run of openRuns(turn)) stopRun(turn, run, { state, cascade });
  if (execution.root.open.size === 0) turn.agenda.push({ do: "finish", state });
}

/**
 * Ends what has not started, and lets end what runs; then comes the `finally` of the flow, and the execution ends in the given
 * state, whatever its tasks made of it.
 */
export function windUp(turn: Turn, state: State): void {
  const { execution } = turn;
  execution.verdict = state;
  if (isLastList(execution)) return;
  holdEverything(execution, state);
  for (const run of openRuns(turn)) if (!isBusy(run)) stopRun(turn, run, { state, cascade: false });
  if (execution.root.open.size === 0) turn.agenda.push({ do: "close", block: execution.root });
}

/** The execution keeps its state; its task runs end KILLED once their workers say so. */
function stopAfter(turn: Turn, cascade: boolean): void {
  const { execution } = turn;
  if (execution.stopping !== undefined || execution.after?.ended === true) return;
  holdEverything(execution, "KILLED");
  if (execution.after === undefined) {
    skipAfter(turn);
    return;
  }
  const open = openRuns(turn);
  for (const { lane } of open) if (lane.phase === "after") lane.next = lane.list.length;
  for (const run of open) stopRun(turn, run, { state: "KILLED", cascade });
  if (execution.after.open.size === 0) execution.after.ended = true;
}

/** Nothing starts any more. */
function holdEverything(execution: LiveExecution, state: State): void {
  execution.stopping = state;
  execution.paused = false;
  execution.held = [];
  execution.suspended.clear();
}

function isLastList({ root }: LiveExecution): boolean {
  return root.phase === "finally";
}

function isBusy(run: LiveRun): boolean {
  return isWithWorker(run) || isWaitingForChildren(run) || (run.block !== undefined && run.block.open.size > 0);
}

/** Children before their parents. */
function openRuns({ execution }: Turn): readonly LiveRun[] {
  return [...execution.runs.values()].filter((run) => !isTerminal(run.state)).toReversed();
}

function stopRun(turn: Turn, run: LiveRun, { state, cascade }: { state: State; cascade: boolean }): void {
  const interrupted = interruptWorker(turn, run) || (cascade && isWaitingForChildren(run) && killChildren(turn, run));
  leavePause(turn.execution, run);
  if (interrupted || (run.block !== undefined && run.block.open.size > 0)) {
    setRunState(turn, run, "KILLING");
    // The state of the execution says so only of a kill before its end.
    if (state !== "KILLED" || isTerminal(turn.execution.state)) remember(turn, run, { stopping: state });
    return;
  }
  endAttempt(turn, run, state);
  setRunState(turn, run, state);
  run.lane.block.open.delete(run.index);
  if (run.block !== undefined) run.block.ended = true;
}

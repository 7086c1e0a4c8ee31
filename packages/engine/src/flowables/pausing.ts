/** What task runs have in common that pause the execution: how the pause begins and ends, and their timers. */
import { parseDuration } from "@capstan/model";
import { leavePause } from "../blocks/run.ts";
import { isTerminal } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { renderText } from "../execution/scope.ts";
import { setExecutionState, setRunState } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { FlowableError } from "./flowable.ts";

/** Pauses the task run, and the execution with it. */
export function beginPause(turn: Turn, run: LiveRun): void {
  setRunState(turn, run, "PAUSED");
  turn.execution.pausedRuns += 1;
  setExecutionState(turn, "PAUSED");
}

/** The pause is over, and with the last one the execution goes on; the task run is RUNNING again if it still runs something. */
export function endPause(turn: Turn, run: LiveRun, runsMore: boolean): void {
  leavePause(turn.execution, run);
  if (runsMore) setRunState(turn, run, "RUNNING");
  goOn(turn);
}

/** When nothing is paused any more, the execution goes on with what was held back. */
export function goOn(turn: Turn): void {
  const { execution } = turn;
  if (execution.pausedRuns > 0 || execution.paused || execution.state !== "PAUSED") return;
  setExecutionState(turn, "RESTARTED");
  setExecutionState(turn, "RUNNING");
  for (const step of execution.held.splice(0).toReversed()) turn.agenda.push(step);
}

/** Throws for a pause that nobody could end: one without a time, in what runs after the end. */
export function requireEnd(turn: Turn, durationMs: number | undefined, property: string): void {
  if (isTerminal(turn.execution.state) && durationMs === undefined)
    throw new FlowableError(`nobody can resume what runs after the end: give the pause a \`${property}\``);
}

export function setTimer(turn: Turn, run: LiveRun, key: string, at: number): void {
  turn.effects.push({ type: "set-timer", key: timerKey(run, key), at });
}

export function clearTimer(turn: Turn, run: LiveRun, key: string): void {
  turn.effects.push({ type: "clear-timer", key: timerKey(run, key) });
}

function timerKey(run: LiveRun, key: string): string {
  return `task:${run.index}:${key}`;
}

/** Milliseconds of a property that holds a duration. Throws for a text that is none. */
export function durationOf(turn: Turn, run: LiveRun, source: unknown): number | undefined {
  if (source === undefined || source === null) return undefined;
  const text = renderText(turn, run, String(source));
  const duration = parseDuration(text);
  if (duration === undefined) throw new FlowableError(`\`${text}\` is not an ISO-8601 duration such as PT1M`);
  return duration;
}

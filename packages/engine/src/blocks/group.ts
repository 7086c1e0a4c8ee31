import { causeOf } from "./cause.ts";
import type { Attempt } from "../execution/execution.ts";
import { noteRun } from "../history/note.ts";
import { valuesRead } from "../history/read-values.ts";
import type { LiveRun } from "../execution/live.ts";
import { attemptEnded, createRun, endAttempt, startAttempt } from "./run.ts";
import { log, setOutputs, setRunState } from "../execution/states.ts";
import { countChild } from "./tally.ts";
import type { Event, Outcome, Turn } from "../turn.ts";

/** A child of a WorkingDirectory ended on its worker: it becomes a task run that is over already. */
export function groupChildEnded(turn: Turn, run: LiveRun, event: Extract<Event, { type: "group-child-ended" }>): void {
  const node = turn.execution.plan.nodes.get(event.taskId);
  if (node === undefined || run.block === undefined || isKnown(turn, event.taskRunId)) return;
  const lane = {
    block: run.block,
    phase: "tasks" as const,
    number: 0,
    part: "tasks" as const,
    list: [node],
    value: undefined,
    iteration: undefined,
    next: 1,
    beside: 0,
  };
  const { newId } = turn.context;
  const context = { ...turn.context, now: event.startedAt, newId: () => event.taskRunId ?? newId() };
  const started: Turn = { ...turn, context };
  const child = createRun(started, lane, node);
  run.block.open.delete(child.index);
  const { outcome } = event;
  if (outcome.state === "SKIPPED") {
    const { runIf } = child.node.task;
    // What the worker rendered is not known here, but what that was made of.
    if (runIf !== undefined) noteRun(turn, child, { code: "skipped", values: valuesRead(turn, child, runIf) });
    setRunState(turn, child, "SKIPPED");
    return;
  }
  setRunState(started, child, "SUBMITTED");
  child.attempts.push(...(outcome.failedAttempts ?? []).map(failedAttempt));
  startAttempt(started, child);
  if (outcome.outputs !== undefined) setOutputs(turn, child, outcome.outputs);
  if (outcome.error !== undefined) log(turn, child, "ERROR", outcome.error.message);
  if (outcome.state === "FAILED") child.error = causeOf(child, outcome.error?.message);
  endAttempt(turn, child, outcome.state, outcome.logFile);
  const state = childState(child, outcome.state);
  if (state !== outcome.state) noteRun(turn, child, { code: "allowed", from: outcome.state as "FAILED" | "WARNING" });
  setRunState(turn, child, state);
  countChild(run.block, child);
}

/** A worker that has lost sight of its server tells again what it is not sure of. */
function isKnown({ execution }: Turn, taskRunId: string | undefined): boolean {
  if (taskRunId === undefined) return false;
  for (const { id } of execution.runs.values()) if (id === taskRunId) return true;
  return false;
}

/** The whole group is over. A failure turns to the errors of the WorkingDirectory like that of any child. */
export function groupEnded(turn: Turn, run: LiveRun, outcome: Outcome): void {
  const { block } = run;
  if (block === undefined) return;
  if (outcome.state === "KILLED" || run.state === "KILLING") {
    block.ended = true;
    attemptEnded(turn, run, { ...outcome, state: "KILLED" });
    return;
  }
  if (outcome.outputs !== undefined) setOutputs(turn, run, outcome.outputs);
  if (outcome.error !== undefined) log(turn, run, "ERROR", outcome.error.message);
  if (outcome.state === "FAILED" && block.tally.failed === 0) block.tally.failed += 1;
  if (outcome.state === "FAILED") block.cause ??= causeOf(run, outcome.error?.message);
  endAttempt(turn, run, outcome.state);
  turn.agenda.push({ do: "phase-ended", block });
}

function failedAttempt({ startedAt, endedAt }: { startedAt: number; endedAt: number }): Attempt {
  const history = [
    { state: "CREATED" as const, date: startedAt },
    { state: "RUNNING" as const, date: startedAt },
    { state: "FAILED" as const, date: endedAt },
  ];
  return { state: "FAILED", history };
}

function childState(child: LiveRun, state: Outcome["state"]): Outcome["state"] {
  const { allowFailure, allowWarning } = child.node.task;
  let final = state;
  if (final === "FAILED" && allowFailure) final = "WARNING";
  if (final === "WARNING" && allowWarning) final = "SUCCESS";
  return final;
}

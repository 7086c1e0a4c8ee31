import { noteBetween, runErrorsBetween } from "./between-attempts.ts";
import { causeOf } from "./cause.ts";
import type { Attempt, State, TaskRunRow } from "../execution/execution.ts";
import { isTerminal } from "../execution/execution.ts";
import type { Block, Lane, LiveExecution, LiveRun } from "../execution/live.ts";
import type { PlanNode } from "../plan.ts";
import { WORKING_DIRECTORY } from "../plan.ts";
import { nextRetry } from "./retry.ts";
import { noteRun } from "../history/note.ts";
import { indexFor } from "../execution/iteration.ts";
import { addState } from "../execution/outputs.ts";
import { log, remember, setExecutionState, setRunState, touch } from "../execution/states.ts";
import type { Outcome, Turn } from "../turn.ts";
import { setOutputs } from "../execution/states.ts";

/** Creates the next task run of a lane, in state CREATED. */
export function createRun(turn: Turn, lane: Lane, node: PlanNode): LiveRun {
  const { execution } = turn;
  const run: LiveRun = {
    index: execution.nextIndex,
    id: turn.context.newId(),
    node,
    parent: lane.block.owner,
    lane,
    value: lane.value,
    iteration: lane.iteration,
    state: "CREATED",
    history: [{ state: "CREATED", date: turn.context.now }],
    attempts: [],
    outputs: undefined,
    memory: undefined,
    error: undefined,
    notes: undefined,
    block: undefined,
    memo: undefined,
    batches: undefined,
    dirty: false,
  };
  execution.nextIndex += 1;
  execution.runs.set(run.index, run);
  lane.block.open.set(run.index, run);
  noteBetween(run);
  addState(indexFor(execution, run), node.id, run.value, "CREATED");
  touch(turn, run);
  return run;
}

/** Begins another attempt of a runnable or executable task. */
export function startAttempt(turn: Turn, run: LiveRun): void {
  setRunState(turn, run, "RUNNING");
  const date = turn.context.now;
  const assigned = run.attempts.at(-1);
  touch(turn, run);
  if (assigned?.state === "CREATED") {
    const history = [...assigned.history, { state: "RUNNING" as const, date }];
    run.attempts[run.attempts.length - 1] = { ...assigned, state: "RUNNING", history };
    return;
  }
  run.attempts.push({
    state: "RUNNING",
    history: [
      { state: "CREATED", date },
      { state: "RUNNING", date },
    ],
  });
}

/** Puts on record which worker of another process is to get the job. */
export function assignAttempt(turn: Turn, run: LiveRun, workerId: string): void {
  if (!isWithWorker(run) && run.state !== "KILLING") return;
  countAttempt(turn, run);
  const last = run.attempts.at(-1)!;
  run.attempts[run.attempts.length - 1] = { ...last, workerId };
  touch(turn, run);
  turn.effects.push({ type: "hand-over", run, attempt: run.attempts.length, workerId });
}

/** The worker of another process that has the job of a task run, or is to get it. */
export function workerOf(run: { readonly attempts: readonly Attempt[] } | undefined): string | undefined {
  const last = run?.attempts.at(-1);
  return isOpen(last) ? last.workerId : undefined;
}

/** An attempt that was handed out counts, begun or not: what its worker says must not be taken for the next one's. */
export function countAttempt(turn: Turn, run: LiveRun): void {
  if (run.state !== "SUBMITTED" || isOpen(run.attempts.at(-1))) return;
  run.attempts.push({ state: "CREATED", history: [{ state: "CREATED", date: turn.context.now }] });
  touch(turn, run);
}

/** The number of the attempt that a worker has or is about to get. */
export function attemptAtWork({ attempts }: Pick<LiveRun, "attempts">): number {
  return isOpen(attempts.at(-1)) ? attempts.length : attempts.length + 1;
}

function isOpen(attempt: Attempt | undefined): attempt is Attempt {
  return attempt !== undefined && !isTerminal(attempt.state);
}

/** Records the end of the last attempt. */
export function endAttempt(turn: Turn, run: LiveRun, state: State, logFile?: string): void {
  const last = run.attempts.at(-1);
  if (last === undefined || isTerminal(last.state)) return;
  const history = [...last.history, { state, date: turn.context.now }];
  const ended: Attempt = { ...last, state, history, ...(logFile === undefined ? {} : { logFile }) };
  run.attempts[run.attempts.length - 1] = ended;
  touch(turn, run);
}

/**
 * An attempt ended. A failure is retried when the policy allows it; otherwise the task run ends in the state that
 * `allowFailure` and `allowWarning` make of it.
 */
export function attemptEnded(turn: Turn, run: LiveRun, outcome: Outcome): void {
  if (outcome.outputs !== undefined) setOutputs(turn, run, outcome.outputs);
  if (outcome.error !== undefined && outcome.state === "FAILED") log(turn, run, "ERROR", outcome.error.message);
  if (outcome.state === "FAILED") run.error = causeOf(run, outcome.error?.message);
  endAttempt(turn, run, outcome.state, outcome.logFile);
  if (outcome.state === "FAILED" && turn.execution.stopping === undefined) {
    const retry = nextRetry(turn, run);
    if (retry?.behavior === "CREATE_NEW_EXECUTION") return retryWithNewExecution(turn, run, retry.at);
    if (retry !== undefined) return retryLater(turn, run, retry.at);
  }
  const retried = run.attempts.length > 1;
  const warns = outcome.state === "SUCCESS" && retried && run.node.retry?.warningOnRetry === true;
  endRun(turn, run, warns ? "WARNING" : outcome.state);
}

/** Ends a task run for good and puts the news on the agenda. */
export function endRun(turn: Turn, run: LiveRun, state: State): void {
  const { allowFailure, allowWarning } = run.node.task;
  let final = state;
  if (final === "FAILED" && allowFailure) final = "WARNING";
  if (final === "WARNING" && allowWarning) final = "SUCCESS";
  if (final !== state) noteRun(turn, run, { code: "allowed", from: state as "FAILED" | "WARNING" });
  if (final === "SUCCESS") run.error = undefined;
  else if (final === "FAILED") run.error ??= run.block?.cause ?? causeOf(run, undefined);
  setRunState(turn, run, final);
  turn.agenda.push({ do: "ended", run });
}

/** Fails a task run because of a mistake found while deciding about it. */
export function failRun(turn: Turn, run: LiveRun, message: string): void {
  tellFailure(turn, run, message);
  endAttempt(turn, run, "FAILED");
  endRun(turn, run, "FAILED");
}

/** Says why a task run is going to fail. */
export function tellFailure(turn: Turn, run: LiveRun, message: string): void {
  log(turn, run, "ERROR", message);
  run.error = causeOf(run, message);
}

/**
 * Ends whatever is still open below a block in the given state, children before parents. What a worker runs for it is
 * interrupted, unless it may go on unheard.
 */
export function forceOpen(turn: Turn, open: Block["open"], state: State, mayGoOn = false): void {
  for (const run of open.values()) forceRun(turn, run, state, mayGoOn);
  open.clear();
}

/** The same for one task run and all below it. */
export function forceRun(turn: Turn, run: LiveRun, state: State, mayGoOn = false): void {
  if (run.block !== undefined) {
    run.block.ended = true;
    forceOpen(turn, run.block.open, state, mayGoOn);
  }
  if (mayGoOn) countAttempt(turn, run);
  else interruptWorker(turn, run);
  leavePause(turn.execution, run);
  endAttempt(turn, run, state);
  setRunState(turn, run, state);
}

/** Asks the worker to stop what it runs for a task run; answers whether there is anything. */
export function interruptWorker(turn: Turn, run: LiveRun): boolean {
  if (!isWithWorker(run)) return false;
  countAttempt(turn, run);
  turn.effects.push({ type: "kill-task", run, attempt: run.attempts.length });
  return true;
}

/** A WorkingDirectory is with a worker while its attempt lasts; its errors and finally tasks are jobs of their own. */
export function isWithWorker({ node, state, attempts }: LiveRun): boolean {
  const last = attempts.at(-1);
  if (isGroup(node)) return state === "RUNNING" && last !== undefined && !isTerminal(last.state);
  return node.task.kind === "runnable" && (state === "SUBMITTED" || state === "RUNNING");
}

export function isGroup(node: PlanNode): boolean {
  return node.task.type === WORKING_DIRECTORY;
}

/** Keeps the counts of paused and retrying runs right when a run leaves those states. */
export function leavePause(execution: LiveExecution, run: LiveRun): void {
  if (run.state === "PAUSED") execution.pausedRuns -= 1;
  if (run.state === "RETRYING") execution.retryingRuns -= 1;
}

/** The durable form of a task run. */
export function rowOf(run: LiveRun): TaskRunRow {
  return {
    index: run.index,
    id: run.id,
    taskId: run.node.id,
    ...(run.parent === undefined ? {} : { parent: run.parent.index }),
    ...(run.value === undefined ? {} : { value: run.value }),
    ...(run.iteration === undefined ? {} : { iteration: run.iteration }),
    state: run.state,
    history: [...run.history],
    attempts: [...run.attempts],
    ...(run.outputs === undefined ? {} : { outputs: run.outputs }),
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(run.memory === undefined ? {} : { memory: run.memory }),
    ...(run.notes === undefined ? {} : { notes: run.notes }),
  };
}

function retryLater(turn: Turn, run: LiveRun, at: number): void {
  noteRetry(turn, run, at);
  setRunState(turn, run, "RETRYING");
  turn.execution.retryingRuns += 1;
  remember(turn, run, { retryAt: at });
  // A pause outlasts the wait: what is to be resumed stays PAUSED.
  if (turn.execution.state !== "PAUSED") setExecutionState(turn, "RETRYING");
  turn.effects.push({ type: "set-timer", key: `retry:${run.index}`, at });
  runErrorsBetween(turn, run);
}

function noteRetry(turn: Turn, run: LiveRun, next: number): void {
  const { error } = run;
  noteRun(turn, run, { code: "retry", attempt: run.attempts.length, next, ...(error === undefined ? {} : { error }) });
}

function retryWithNewExecution(turn: Turn, run: LiveRun, at: number): void {
  noteRetry(turn, run, at);
  for (let current: LiveRun | undefined = run; current !== undefined; current = current.parent) {
    setRunState(turn, current, "RETRIED");
    if (current.block !== undefined) current.block.ended = true;
  }
  turn.execution.error = run.error;
  turn.effects.push({ type: "replay", run, at });
  turn.agenda.push({ do: "finish", state: "RETRIED" });
}

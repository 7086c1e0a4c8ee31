import { ExpressionError, Suspension } from "@capstan/expression";
import {
  childEnded,
  createBlock,
  goOnAfterFailure,
  isGivenUpMeanwhile,
  laneEnded,
  leaveAfterLook,
  phaseEnded,
  proceed,
  startFinally,
} from "./blocks/block.ts";
import { isTerminal, type State } from "./execution/execution.ts";
import { finish, finishWithoutOutputs, startAfter, settle } from "./endings/finish.ts";
import { flowableOf } from "./flowables/registry.ts";
import { handle } from "./handle.ts";
import type { Block, Lane, LiveExecution, LiveRun, Phase, Step } from "./execution/live.ts";
import { createRun, endRun, failRun, forceOpen, startAttempt } from "./blocks/run.ts";
import { isSkipped } from "./blocks/run-if.ts";
import { chooseTarget, giveOut } from "./blocks/worker-target.ts";
import { APPROVAL } from "@capstan/model";
import type { PlanNode } from "./plan.ts";
import { rewind, type StepMemo } from "./execution/step-memo.ts";
import { log, remember, setOutputs, setRunState } from "./execution/states.ts";
import { checkAssertions } from "./endings/sla.ts";
import { startExecutable } from "./children/subflow.ts";
import type { Effect, EngineContext, Event, Turn } from "./turn.ts";
import { stateOf } from "./blocks/tally.ts";
import { updatingOf } from "./updating/updating.ts";

/**
 * Moves an execution on by one event. Changes the execution in memory, marks what must be written (`takeWrites`), and
 * answers the effects that may be released once that is durable. No input and output, no clock, no randomness: the
 * same execution, event and context always give the same answer.
 */
export function advance(execution: LiveExecution, event: Event, context: EngineContext): readonly Effect[] {
  const turn: Turn = { execution, context, effects: [], agenda: [] };
  // One that had to wait is done again; yet another one would have to wait as well, without end.
  const isOfAssertion = event.type === "available" && execution.suspended.get(event.suspension)?.step.do === "assert";
  guard(turn, { do: "event", event });
  workOff(turn);
  if (!isOfAssertion) guard(turn, { do: "assert" });
  workOff(turn);
  settle(turn);
  return turn.effects;
}

function workOff(turn: Turn): void {
  for (let step = turn.agenda.pop(); step !== undefined; step = turn.agenda.pop()) guard(turn, step);
}

/** Does one step; a value that is not there yet suspends the step, a mistake of the user fails its task run. */
function guard(turn: Turn, step: Step, memo?: StepMemo): void {
  if (step.do === "again") {
    guard(turn, step.suspended.step, step.suspended.memo);
    return;
  }
  if (memo !== undefined) rewind(memo);
  // What was awaited for another step must not answer for this one.
  memoOwner(turn, step).memo = memo;
  try {
    perform(turn, step);
    memoOwner(turn, step).memo = undefined;
  } catch (error) {
    if (error instanceof Suspension) suspend(turn, step, error);
    else blame(turn, step, error);
  }
}

function perform(turn: Turn, step: Exclude<Step, { readonly do: "again" }>): void {
  switch (step.do) {
    case "event":
      return handle(turn, step.event);
    case "assert":
      return checkAssertions(turn);
    case "next":
      return next(turn, step);
    case "enter":
      return enter(turn, step);
    case "open":
      return open(turn, step.run);
    case "ended":
      return childEnded(turn, step.run);
    case "break":
      return leaveAfterLook(turn, step.lane);
    case "phase-ended":
      return listEnded(turn, step);
    case "close":
      return isBlockHeld(turn, step) ? undefined : close(turn, step.block);
    case "finish":
      return finish(turn, step.state);
    case "after":
      return startAfter(turn);
    default:
      return step satisfies never;
  }
}

/** While the execution is paused nothing starts but what belongs to a pause; the rest is kept for later. */
function isHeld(turn: Turn, step: Step, { block, phase }: { readonly block: Block; readonly phase: Phase }): boolean {
  if (turn.execution.state !== "PAUSED" || isOfPause(block, phase)) return false;
  turn.execution.held.push(step);
  return true;
}

function isOfPause({ owner }: Block, phase: Phase): boolean {
  if (phase === "pause") return true;
  if (owner === undefined) return false;
  return (
    flowableOf(owner.node.task.type)?.isYetToPause?.(owner) === true || isOfPause(owner.lane.block, owner.lane.phase)
  );
}

/** Of lanes that start together, an Approval waits beside what paused first, so that reviewers need not wait for each other. */
function waitsBeside(turn: Turn, isTogether: boolean | undefined, node: PlanNode | undefined): boolean {
  return isTogether === true && !turn.execution.paused && node?.task.type === APPROVAL;
}

/** A paused execution is not decided upon either: it fails, or turns to its errors, when it is resumed. */
function isBlockHeld(turn: Turn, step: Extract<Step, { block: Block }>): boolean {
  if (step.block.phase === "after" || turn.execution.stopping !== undefined) return false;
  const isKnown = turn.execution.held.some((held) => held.do === step.do && held.block === step.block);
  const { block } = step;
  return (isKnown && turn.execution.state === "PAUSED") || isHeld(turn, step, { block, phase: block.phase });
}

function listEnded(turn: Turn, step: Extract<Step, { do: "phase-ended" }>): void {
  const { block } = step;
  const { owner } = block;
  const flowable = flowableOf(block.node.task.type);
  if (block.phase === "pause") flowable?.pauseEnded?.(turn, owner!);
  else if (isBlockHeld(turn, step)) return;
  else if (owner === undefined || flowable?.listEnded?.(turn, owner, block) !== true) phaseEnded(turn, block);
}

function next(turn: Turn, step: Extract<Step, { do: "next" }>): void {
  const { lane, isTogether } = step;
  if (lane.block.ended || !isTurnOf(lane) || isStopped(turn, lane)) return;
  const isBeside = waitsBeside(turn, isTogether, lane.list[lane.next]);
  if (!isBeside && isHeld(turn, step, lane)) return;
  if (isGivenUpMeanwhile(lane) && !goOnAfterFailure(turn, lane)) return;
  const node = lane.list[lane.next];
  if (node === undefined) {
    laneEnded(turn, lane);
    return;
  }
  lane.next += 1;
  turn.agenda.push({ do: "enter", run: createRun(turn, lane, node), isBeside });
}

function isStopped({ execution }: Turn, { phase }: Lane): boolean {
  return execution.stopping !== undefined && phase !== "after";
}

function isTurnOf({ phase, block }: Lane): boolean {
  return phase === block.phase || (phase === "between" && block.phase === "tasks");
}

function enter(turn: Turn, step: Extract<Step, { do: "enter" }>): void {
  const { run, isBeside } = step;
  if (run.state !== "CREATED" || (isBeside !== true && isHeld(turn, step, run.lane))) return;
  if (isSkipped(turn, run)) return;
  const { task } = run.node;
  switch (task.kind) {
    case "runnable":
      chooseTarget(turn, run);
      giveOut(turn, run, run.attempts.length + 1);
      return setRunState(turn, run, "SUBMITTED");
    case "flowable":
      setRunState(turn, run, "RUNNING");
      turn.agenda.push({ do: "open", run });
      return undefined;
    case "executable":
      return startExecutable(turn, run);
    case "updating":
      if (run.attempts.length === 0) startAttempt(turn, run);
      turn.agenda.push({ do: "open", run });
      return undefined;
    default:
      return task.kind satisfies never;
  }
}

function open(turn: Turn, run: LiveRun): void {
  if (isTerminal(run.state)) return;
  if (run.node.task.kind === "updating") {
    update(turn, run);
    return;
  }
  const flowable = flowableOf(run.node.task.type);
  if (flowable === undefined) {
    failRun(turn, run, `the task type \`${run.node.task.writtenType}\` is unknown to this server`);
    return;
  }
  const opening = flowable.open(turn, run);
  if (opening === undefined) return;
  if (opening.outputs !== undefined) setOutputs(turn, run, opening.outputs);
  if (opening.memory !== undefined) remember(turn, run, opening.memory);
  run.block = createBlock(run.node, run, opening.source, opening.limit);
  if (opening.failed === true) run.block.tally.failed = 1;
  proceed(turn, run.block);
}

function update(turn: Turn, run: LiveRun): void {
  const updating = updatingOf(run.node.task.type);
  if (updating === undefined) {
    failRun(turn, run, `the task type \`${run.node.task.writtenType}\` is unknown to this server`);
    return;
  }
  updating(turn, run);
}

function close(turn: Turn, block: Block): void {
  if (block.ended) return;
  const { owner } = block;
  const { stopping } = turn.execution;
  if (stopping !== undefined && block.open.size > 0 && block.phase !== "after") return;
  const state = stopping !== undefined && block.phase !== "after" ? stopping : stateOf(block.tally);
  if (owner === undefined) {
    closeRoot(turn, block, state);
    return;
  }
  block.ended = true;
  forceOpen(turn, block.open, state, block.onFailure === "CONTINUE");
  const closed = flowableOf(owner.node.task.type)?.closed;
  if (closed === undefined) endRun(turn, owner, state);
  else closed(turn, owner, state);
}

function closeRoot(turn: Turn, block: Block, state: State): void {
  const { verdict } = turn.execution;
  if (verdict !== undefined && block.phase !== "after" && startFinally(turn, block)) {
    turn.execution.stopping = undefined;
    return;
  }
  const final = block.phase === "after" ? state : (verdict ?? state);
  block.ended = true;
  forceOpen(turn, block.open, final);
  if (block.phase !== "after") turn.agenda.push({ do: "finish", state: final });
}

function suspend(turn: Turn, step: Step, suspension: Suspension): void {
  const { execution } = turn;
  // A block that was being closed when its condition had to wait must be closed again.
  if (step.do === "close") step.block.ended = false;
  const number = execution.nextSuspension;
  execution.nextSuspension += 1;
  execution.suspended.set(number, { step, memo: memoOwner(turn, step).memo });
  turn.effects.push({ type: "await", suspension: number, ready: suspension.ready });
}

function blame(turn: Turn, step: Step, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (step.do === "finish") {
    finishWithoutOutputs(turn, step.state, message);
    return;
  }
  if (step.do === "assert" || step.do === "after") {
    log(turn, undefined, "ERROR", message);
    return;
  }
  const run = runOf(turn, step);
  // A mistake that belongs to no task run is a bug of ours: it must not pass for a failed task.
  if (run === undefined || !isMistake(error)) throw error;
  failRun(turn, run, message);
}

function isMistake(error: unknown): boolean {
  return error instanceof ExpressionError || (error instanceof Error && !(error instanceof TypeError));
}

/** Expressions of a task run are remembered with it, those of the execution as a whole with that. */
function memoOwner(turn: Turn, step: Step): LiveRun | LiveExecution {
  return runOf(turn, step) ?? turn.execution;
}

function runOf(turn: Turn, step: Step): LiveRun | undefined {
  if (step.do === "enter" || step.do === "open") return step.run;
  if (step.do === "close") return step.block.owner;
  if (step.do === "break") return step.lane.block.owner;
  if (step.do === "event" && "run" in step.event && step.event.run !== undefined)
    return turn.execution.runs.get(step.event.run);
  return undefined;
}

/**
 * A policy that a flowable has for its tasks is one of the whole block: a failed attempt lets the block's errors run, which may
 * repair something, before the task is tried again. The next attempt waits for their end, and removes their task runs.
 *
 *   attempt fails   → the task RETRYING, its block's errors begin, once however many tasks wait
 *   errors through  → tasks whose time has come are tried again
 *   next attempt    → the task runs of the errors are gone
 *   last attempt    → the errors are a phase of the block, see `block.ts`
 *   another fails   → errors that have begun become that phase
 */
import type { Between, Block, Lane, LiveRun } from "../execution/live.ts";
import { remember } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** An attempt failed and is to be followed by another. */
export function runErrorsBetween(turn: Turn, { node, lane: { block, phase } }: LiveRun): void {
  if (!node.isRetriedByFlowable || phase !== "tasks" || block.phase !== "tasks" || block.between !== undefined) return;
  if (block.owner === undefined || (block.node.lists["errors"] ?? []).length === 0) return;
  block.between = createBetween(block);
  turn.agenda.push({ do: "next", lane: block.between.lane });
}

export function createBetween(block: Block): Between {
  const list = block.node.lists["errors"] ?? [];
  const lane: Lane = {
    block,
    phase: "between",
    number: 0,
    part: "tasks",
    list,
    value: undefined,
    iteration: undefined,
    next: 0,
    beside: 0,
  };
  return { lane, runs: [], waiting: [], isThrough: false };
}

/** One of them ended, however: the next one begins, or the attempts that are due. */
export function errorEnded(turn: Turn, { lane }: LiveRun): void {
  const { between } = lane.block;
  if (lane.next < lane.list.length) turn.agenda.push({ do: "next", lane });
  else if (between !== undefined) {
    between.isThrough = true;
    releaseAttempts(turn, between);
  }
}

/** The next attempt of a task is due; answers whether what is to run before has not ended, so that it waits for that. */
export function awaitsErrors(turn: Turn, run: LiveRun): boolean {
  const { block, phase } = run.lane;
  if (phase !== "tasks" || block.between === undefined || block.between.isThrough) return false;
  block.between.waiting.push(run);
  remember(turn, run, { awaitsErrors: true });
  return true;
}

/** Whether a task run was left waiting for the errors, and for no time any more. */
export function isLeftWaiting({ state, memory }: LiveRun): boolean {
  return state === "RETRYING" && (memory as { awaitsErrors?: boolean } | undefined)?.awaitsErrors === true;
}

/** What waited for the errors goes on, each in a turn of its own. */
export function releaseAttempts(turn: Turn, { waiting }: Between): void {
  for (const run of waiting.splice(0)) {
    if (run.state !== "RETRYING") continue;
    const { now } = turn.context;
    remember(turn, run, { awaitsErrors: false, retryAt: now });
    turn.effects.push({ type: "set-timer", key: `retry:${run.index}`, at: now });
  }
}

/** A task run belongs to what is removed with the next attempt. */
export function noteBetween(run: LiveRun): void {
  for (let current: LiveRun | undefined = run; current !== undefined; current = current.parent) {
    const { between } = current.lane.block;
    if (between !== undefined && between.lane === current.lane) between.runs.push(run.index);
  }
}

/** The next attempt of a task begins: removes what ran before. */
export function forgetErrors(turn: Turn, { lane: { block, phase } }: LiveRun): void {
  if (phase !== "tasks") return;
  const { runs, removedRuns } = turn.execution;
  for (const index of block.between?.runs ?? []) {
    const run = runs.get(index);
    if (run !== undefined) run.dirty = false;
    runs.delete(index);
    removedRuns.push(index);
  }
  block.between = undefined;
}

/**
 * The middle part of a ForEachItem: one child execution for each batch of its split.
 *
 *   RUNNING   reads the list of batches, then asks for a child for each and counts how they end
 *   ended     once every batch is counted
 *
 * After a crash the list is read and every child is asked for again, with the same ids: those that have ended say so at
 * once, so the count starts anew.
 */
import type { JsonMap } from "@capstan/model";
import { idOfChild, requestFor, restartsChildren, transmitted, waits } from "./child-request.ts";
import { indexFor } from "../execution/iteration.ts";
import type { LiveRun } from "../execution/live.ts";
import { attemptEnded, startAttempt } from "../blocks/run.ts";
import { remember, touch, valuePath } from "../execution/states.ts";
import type { ChildEnd, Outcome, Turn } from "../turn.ts";

interface ItemsMemory {
  readonly lines?: number;
  readonly counts?: Readonly<Record<string, number>>;
  /** Why the first batch failed that did. */
  readonly reason?: string;
  /** Attempt and time that the ids of the children are made of. */
  readonly attempt?: number;
  readonly began?: number;
  /** The task was restarted: in its next attempt its failed children go on. */
  readonly restarted?: boolean;
  /** That is so in this attempt. */
  readonly goesOn?: boolean;
  /** False when nobody waits for the ends of its children. */
  readonly waits?: boolean;
}

/** Its batches are known once the file that its split wrote has been read. */
export function startItems(turn: Turn, run: LiveRun): void {
  const uri = splitsOf(turn, run);
  const { lines: _lines, reason: _reason, ...memory } = memoryOf(run);
  const restart = memory.restarted === true && restartsChildren(turn, run);
  const isWaiting = waits(turn, run);
  startAttempt(turn, run);
  const origin = restart ? {} : { attempt: run.attempts.length, began: turn.context.now };
  run.memory = { ...memory, ...origin, restarted: false, goesOn: restart, waits: isWaiting, counts: {} };
  run.batches = undefined;
  touch(turn, run);
  readBatches(turn, run, uri);
}

/** After a restart of the process. */
export function batchesAgain(turn: Turn, run: LiveRun): void {
  const { reason: _reason, ...memory } = memoryOf(run);
  run.memory = { ...memory, counts: {} };
  run.batches = undefined;
  readBatches(turn, run, splitsOf(turn, run));
}

function readBatches(turn: Turn, run: LiveRun, uri: string | undefined): void {
  if (uri === undefined) attemptEnded(turn, run, { state: "SUCCESS" });
  else turn.effects.push({ type: "read-lines", run, uri });
}

export function linesRead(turn: Turn, run: LiveRun, lines: readonly string[]): void {
  if (run.state !== "RUNNING") return;
  if (lines.length === 0) {
    attemptEnded(turn, run, { state: "SUCCESS" });
    return;
  }
  const restart = memoryOf(run).goesOn === true;
  const requests = lines.map((items, iteration) => {
    const taskrun = { id: run.id, ...(run.value === undefined ? {} : { value: run.value }), items, iteration };
    return requestFor(turn, run, {
      executionId: batchId(turn, run, iteration),
      batch: { iteration, taskrun },
      restart,
    });
  });
  remember(turn, run, { lines: lines.length });
  if (endOfBatches(turn, run)) return;
  for (const request of requests) turn.effects.push({ type: "create-child", request });
}

/** Of a ForEachItem that does not wait. */
export function batchCreated(turn: Turn, run: LiveRun, iteration: number): void {
  batchEnded(turn, run, { iteration, state: "CREATED" });
}

export function batchEnded(
  turn: Turn,
  run: LiveRun,
  { iteration, state, reason }: { iteration: number; state: ChildEnd["state"]; reason?: string | undefined },
): void {
  // A batch that was asked for again may say its end itself, too.
  run.batches ??= new Set();
  if (run.batches.has(iteration)) return;
  run.batches.add(iteration);
  const { counts = {}, reason: first } = memoryOf(run);
  const told = first === undefined && reason !== undefined && transmitted(turn, run, state) === "FAILED";
  run.memory = {
    ...run.memory,
    counts: { ...counts, [state]: (counts[state] ?? 0) + 1 },
    ...(told ? { reason: `of batch ${iteration}, ${reason}` } : {}),
  };
  endOfBatches(turn, run);
}

/** Ends the run when all its batches have ended. */
function endOfBatches(turn: Turn, run: LiveRun): boolean {
  const { counts = {}, lines = Infinity, reason } = memoryOf(run);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total < lines) return false;
  const iterations = waits(turn, run) ? { CREATED: 0, RUNNING: 0, ...counts } : { RUNNING: 0, SUCCESS: total };
  const outputs: JsonMap = { iterations, numberOfBatches: total, subflowOutputsBaseUri: baseUri(turn, run) };
  const ended = run.state === "KILLING" ? "KILLED" : stateOfBatches(turn, run, counts);
  attemptEnded(turn, run, {
    state: ended,
    outputs,
    ...(ended === "FAILED" && reason !== undefined ? { error: { message: reason } } : {}),
  });
  return true;
}

export function killBatches(turn: Turn, run: LiveRun): boolean {
  const { lines = 0 } = memoryOf(run);
  for (let iteration = 0; iteration < lines; iteration += 1)
    turn.effects.push({ type: "kill-child", run, executionId: batchId(turn, run, iteration) });
  return lines > 0;
}

/** Counts anew how the batches ended that are being killed. */
export function findBatches(turn: Turn, run: LiveRun): void {
  const { reason: _reason, ...memory } = memoryOf(run);
  const { lines = 0 } = memory;
  run.memory = { ...memory, counts: {} };
  run.batches = undefined;
  for (let iteration = 0; iteration < lines; iteration += 1)
    turn.effects.push({ type: "find-child", run, executionId: batchId(turn, run, iteration), iteration });
}

export function batchId(turn: Turn, run: LiveRun, iteration: number): string {
  const { attempt = 1, began = 0 } = memoryOf(run);
  return idOfChild(turn, run, attempt, began, iteration);
}

function stateOfBatches(turn: Turn, run: LiveRun, counts: Readonly<Record<string, number>>): Outcome["state"] {
  const states = new Set(Object.keys(counts).map((state) => transmitted(turn, run, state as ChildEnd["state"])));
  if (states.has("FAILED")) return "FAILED";
  return states.has("WARNING") ? "WARNING" : "SUCCESS";
}

/** The list of batches: an output of the split beside it, inside the same loops. */
function splitsOf(turn: Turn, run: LiveRun): string | undefined {
  let view: unknown = indexFor(turn.execution, run).outputs.get(run.node.id.replace(/_items$/, "_split"));
  for (const value of valuePath(run)) view = (view as { get?: (key: string) => unknown } | undefined)?.get?.(value);
  const splits = (view as { splits?: unknown } | undefined)?.splits;
  return typeof splits === "string" ? splits : undefined;
}

function baseUri(turn: Turn, run: LiveRun): string {
  const { namespace, flowId } = turn.execution.fixed;
  const path = namespace.replaceAll(".", "/");
  return `kestra:///${path}/${flowId}/executions/${turn.execution.id}/tasks/${run.node.id}/${run.id}`;
}

function memoryOf(run: LiveRun): ItemsMemory {
  return run.memory ?? {};
}

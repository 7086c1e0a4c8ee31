import type { JsonMap } from "@capstan/model";
import { rootOf } from "../blocks/cause.ts";
import { idOfChild, requestFor, restartsChildren, SUBFLOW, transmitted, waits } from "./child-request.ts";
import {
  batchCreated,
  batchEnded,
  batchesAgain,
  batchId,
  findBatches,
  killBatches,
  startItems,
} from "./for-each-item.ts";
import type { LiveRun } from "../execution/live.ts";
import { ITEMS_TYPE } from "../plan.ts";
import { attemptEnded, startAttempt } from "../blocks/run.ts";
import { remember, setOutputs } from "../execution/states.ts";
import type { ChildEnd, Turn } from "../turn.ts";

interface SubflowMemory {
  readonly executionId?: string;
  /** The task was restarted: in its next attempt its child goes on as well. */
  readonly restarted?: boolean;
  /** That is so in this attempt. */
  readonly goesOn?: boolean;
  /** False when nobody waits for the end of what it created. */
  readonly waits?: boolean;
}

/** Begins a task that creates executions: a Subflow, or the middle part of a ForEachItem. */
export function startExecutable(turn: Turn, run: LiveRun): void {
  if (run.node.task.type === ITEMS_TYPE) {
    startItems(turn, run);
    return;
  }
  const { executionId: known, restarted } = memoryOf(run);
  const restart = restarted === true && known !== undefined && restartsChildren(turn, run);
  const executionId = restart ? known : idOfChild(turn, run, run.attempts.length + 1, turn.context.now);
  const request = requestFor(turn, run, { executionId, restart });
  startAttempt(turn, run);
  remember(turn, run, { executionId, restarted: false, goesOn: restart, waits: request.wait });
  setOutputs(turn, run, { executionId });
  turn.effects.push({ type: "create-child", request });
}

/** The child exists: a task that does not wait ends here. */
export function childCreated(turn: Turn, run: LiveRun, iteration: number | undefined): void {
  if (waits(turn, run)) return;
  if (iteration !== undefined) batchCreated(turn, run, iteration);
  else attemptEnded(turn, run, { state: "SUCCESS", outputs: { ...run.outputs, state: "CREATED" } });
}

export function childRefused(turn: Turn, run: LiveRun, iteration: number | undefined, message: string): void {
  if (run.state === "KILLING" && iteration === undefined)
    return attemptEnded(turn, run, { state: "KILLED", outputs: {} });
  // There is no execution that its outputs could name.
  if (iteration === undefined) attemptEnded(turn, run, { state: "FAILED", outputs: {}, error: { message } });
  else batchEnded(turn, run, { iteration, state: "FAILED", reason: message });
}

export function childEnded(turn: Turn, run: LiveRun, end: ChildEnd): void {
  if (end.iteration !== undefined) {
    // One of an earlier attempt may still be running.
    const asked = batchId(turn, run, end.iteration);
    const { iteration, state } = end;
    if (asked === end.executionId || asked === end.originalId)
      batchEnded(turn, run, { iteration, state, reason: reasonOf(end) });
    return;
  }
  const { executionId } = memoryOf(run);
  if (executionId !== end.executionId && executionId !== end.originalId) return;
  const outputs: JsonMap = {
    executionId: end.executionId,
    state: end.state,
    ...(end.outputs === undefined ? {} : { outputs: end.outputs }),
  };
  if (end.floats !== undefined) remember(turn, run, { floats: end.floats.map((place) => ["outputs", ...place]) });
  if (run.state === "KILLING") {
    attemptEnded(turn, run, { state: "KILLED", outputs });
    return;
  }
  const state = end.error === undefined ? transmitted(turn, run, end.state) : "FAILED";
  attemptEnded(turn, run, { state, outputs, ...(state === "FAILED" ? { error: { message: reasonOf(end) } } : {}) });
}

/** Why a child failed, if it did. */
function reasonOf({ executionId, state, error, cause }: ChildEnd): string {
  return error ?? `the subflow ${executionId} ended ${state}${cause === undefined ? "" : `: ${rootOf(cause)}`}`;
}

/** Asks again for children after a restart of the process; the same ids make it harmless. */
export function requestAgain(turn: Turn, run: LiveRun): void {
  if (run.node.task.type === ITEMS_TYPE) {
    batchesAgain(turn, run);
    return;
  }
  const { executionId, goesOn = false } = memoryOf(run);
  if (executionId === undefined || run.node.task.type !== SUBFLOW) return;
  turn.effects.push({ type: "create-child", request: requestFor(turn, run, { executionId, restart: goesOn }) });
}

export function isWaitingForChildren(run: LiveRun): boolean {
  return run.node.task.kind === "executable" && run.state === "RUNNING" && memoryOf(run).waits !== false;
}

/** Kills the executions that a task run waits for; answers whether there are any, whose ends then end the run. */
export function killChildren(turn: Turn, run: LiveRun): boolean {
  if (run.node.task.type === ITEMS_TYPE) return killBatches(turn, run);
  const { executionId } = memoryOf(run);
  if (executionId === undefined) return false;
  turn.effects.push({ type: "kill-child", run, executionId });
  return true;
}

/** After a restart, of a run that is being stopped: the same, and asks for ends that nobody may have heard. */
export function stopChildrenAgain(turn: Turn, run: LiveRun): boolean {
  const isStopping = memoryOf(run).waits !== false && killChildren(turn, run);
  if (!isStopping) return false;
  if (run.node.task.type === ITEMS_TYPE) findBatches(turn, run);
  else turn.effects.push({ type: "find-child", run, executionId: memoryOf(run).executionId! });
  return true;
}

function memoryOf(run: LiveRun): SubflowMemory {
  return run.memory ?? {};
}

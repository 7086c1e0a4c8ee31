/**
 * Every iteration of a `Loop` is a world of its own: its tasks see the outputs and states of each other by their ids alone, and
 * those of the execution around them; nobody outside sees theirs.
 */
import type { JsonMap } from "@capstan/model";
import type { LiveExecution, LiveRun } from "./live.ts";
import { createOutputIndex, type OutputIndex } from "./outputs.ts";
import { LOOP } from "../plan.ts";

/** One value that a Loop goes through, as text; `key` when it goes through a map. */
export interface LoopItem {
  readonly value: string;
  readonly key?: string;
}

/** Outputs and states as a task run sees them. */
export function indexFor(execution: LiveExecution, run: LiveRun | undefined): OutputIndex {
  const top = topOfIteration(run);
  return top === undefined ? execution.index : indexOfIteration(execution, top.parent!, top.iteration!);
}

/** Outputs and states of the tasks of one iteration of `loop`. */
export function indexOfIteration(execution: LiveExecution, loop: LiveRun, iteration: number): OutputIndex {
  let iterations = execution.iterations.get(loop.index);
  if (iterations === undefined) {
    iterations = new Map();
    execution.iterations.set(loop.index, iterations);
  }
  let index = iterations.get(iteration);
  if (index === undefined) {
    index = createOutputIndex(indexFor(execution, loop));
    iterations.set(iteration, index);
  }
  return index;
}

/** The task run directly inside the nearest Loop around `run`, or `run` itself. */
export function topOfIteration(run: LiveRun | undefined): LiveRun | undefined {
  for (let current = run; current?.parent !== undefined; current = current.parent)
    if (isTopOfIteration(current)) return current;
  return undefined;
}

/** Whether it is directly inside a Loop. */
export function isTopOfIteration({ parent, iteration }: LiveRun): boolean {
  return iteration !== undefined && parent?.node.task.type === LOOP;
}

/** What `item` shows to a task run: the value of the nearest Loop; of those around it `parent` the nearest, `parents` all, outermost first. */
export function itemFor(run: LiveRun): JsonMap | undefined {
  const top = topOfIteration(run);
  return top === undefined ? undefined : itemOfIteration(top.parent!, top.iteration!);
}

export function itemOfIteration(loop: LiveRun, iteration: number): JsonMap {
  const parents: JsonMap[] = [];
  for (let top = topOfIteration(loop); top !== undefined; top = topOfIteration(top.parent))
    parents.push(ownItem(top.parent!, top.iteration!));
  const [parent] = parents;
  const around = parent === undefined ? {} : { parent, parents: parents.toReversed() };
  return { ...ownItem(loop, iteration), ...around };
}

/** Without those around it. */
export function ownItem(loop: LiveRun, iteration: number): JsonMap {
  const { items = [] } = (loop.memory ?? {}) as { readonly items?: readonly LoopItem[] };
  const item = items[iteration];
  return { value: item?.value ?? null, index: iteration, ...(item?.key === undefined ? {} : { key: item.key }) };
}

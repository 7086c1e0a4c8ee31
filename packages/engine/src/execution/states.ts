import { type Place, withFloats } from "@capstan/expression";
import { indexFor, isTopOfIteration } from "./iteration.ts";
import { addOutputs, addState } from "./outputs.ts";
import { isTerminal, type Label, type State } from "./execution.ts";
import { revealed } from "./encrypted.ts";
import type { LiveExecution, LiveRun } from "./live.ts";
import type { Turn } from "../turn.ts";
import type { JsonMap, LogLevel } from "@capstan/model";

/** Moves the execution to a state and records it; a terminal state never changes. */
export function setExecutionState(turn: Turn, state: State): void {
  const { execution } = turn;
  if (execution.state === state || isTerminal(execution.state)) return;
  execution.state = state;
  execution.history.push({ state, date: turn.context.now });
  execution.dirty = true;
  turn.effects.push({ type: "state-changed", state, position: execution.history.length - 1 });
}

/** Moves a task run to a state and records it; a terminal state never changes. */
export function setRunState(turn: Turn, run: LiveRun, state: State): void {
  if (run.state === state || isTerminal(run.state)) return;
  run.state = state;
  run.history.push({ state, date: turn.context.now });
  addState(indexFor(turn.execution, run), run.node.id, run.value, state);
  touch(turn, run);
}

/** Marks a task run as changed: its row is taken by the next `takeWrites`. */
export function touch(turn: Turn, run: LiveRun): void {
  if (run.dirty) return;
  run.dirty = true;
  turn.execution.dirtyRuns.push(run);
}

export function setOutputs(turn: Turn, run: LiveRun, outputs: JsonMap): void {
  run.outputs = outputs;
  showOutputs(turn.execution, run, outputs);
  touch(turn, run);
}

/** Puts outputs where expressions find them, with encrypted texts in the clear and floats where `memory.floats` says so. */
export function showOutputs(execution: LiveExecution, run: LiveRun, outputs: JsonMap): void {
  const { plan, secrets } = execution;
  const { floats = [] } = (run.memory ?? {}) as { readonly floats?: readonly Place[] };
  const shown = withFloats(revealed(outputs, plan.reveal, secrets), floats);
  addOutputs(indexFor(execution, run), run.node.id, valuePath(run), shown);
}

export function remember(turn: Turn, run: LiveRun, memory: JsonMap): void {
  run.memory = { ...run.memory, ...memory };
  touch(turn, run);
}

/** Values of the loops around a run within its world, outermost first, its own last. */
export function valuePath(run: LiveRun): readonly string[] {
  const path: string[] = [];
  for (let current: LiveRun | undefined = run; current !== undefined; current = current.parent) {
    if (current.value !== undefined) path.push(current.value);
    if (isTopOfIteration(current)) break;
  }
  return path.length > 1 ? path.toReversed() : path;
}

export function setLabels(turn: Turn, labels: readonly Label[]): void {
  turn.execution.labels = labels;
  turn.execution.dirty = true;
}

/** Later labels replace earlier ones of the same key. */
export function mergeLabels(...lists: readonly (readonly Label[])[]): readonly Label[] {
  const merged = new Map<string, string>();
  for (const list of lists) for (const { key, value } of list) merged.set(key, value);
  return [...merged].map(([key, value]) => ({ key, value }));
}

export function log(turn: Turn, run: LiveRun | undefined, level: LogLevel, message: string): void {
  turn.effects.push({ type: "log", run, level, message });
}

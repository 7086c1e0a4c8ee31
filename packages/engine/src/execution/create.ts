import { withFloats } from "@capstan/expression";
import { createBlock, oneLane } from "../blocks/block.ts";
import { batchOf, isGathering } from "./batch.ts";
import { revealed } from "./encrypted.ts";
import { isTerminal, type ExecutionRow, type TaskRunRow } from "./execution.ts";
import type { LiveExecution } from "./live.ts";
import { createOutputIndex } from "./outputs.ts";
import type { Plan } from "../plan.ts";
import { rowOf } from "../blocks/run.ts";
import { TurnoverMap } from "./turnover-map.ts";

/** An execution in memory, from its row; without task runs. `advance` with `start` begins it. */
export function createLive(plan: Plan, row: ExecutionRow): LiveExecution {
  const { state, history, labels, variables, outputs, error, violatedSlas, notes, batch: _batch, ...fixed } = row;
  const secrets = new Set<string>();
  return {
    plan,
    tenant: row.tenant,
    id: row.id,
    fixed,
    inputs: withFloats(revealed(row.inputs, plan.reveal, secrets), plan.floats.inputs),
    secrets,
    state,
    history: [...history],
    labels,
    variables,
    outputs,
    error,
    batch: batchOf(row),
    runs: new TurnoverMap(),
    nextIndex: 0,
    root: createBlock(plan.root, undefined, oneLane(plan.root.lists["tasks"] ?? []), 1),
    index: createOutputIndex(),
    iterations: new Map(),
    pausedRuns: 0,
    paused: false,
    retryingRuns: 0,
    stopping: undefined,
    verdict: undefined,
    held: [],
    suspended: new Map(),
    nextSuspension: 0,
    violatedSlas: new Set(violatedSlas),
    notes,
    after: undefined,
    settled: false,
    memo: undefined,
    dirtyRuns: [],
    removedRuns: [],
    dirty: true,
  };
}

/** The durable form of an execution as it is now. */
export function rowOfExecution(execution: LiveExecution): ExecutionRow {
  const { batch, state, fixed } = execution;
  const items = batch === undefined || isGathering(state, fixed.control) ? undefined : [...batch.items];
  return {
    ...execution.fixed,
    state: execution.state,
    history: [...execution.history],
    labels: execution.labels,
    variables: execution.variables,
    ...(execution.outputs === undefined ? {} : { outputs: execution.outputs }),
    ...(execution.error === undefined ? {} : { error: execution.error }),
    ...(execution.violatedSlas.size === 0 ? {} : { violatedSlas: [...execution.violatedSlas] }),
    ...(items === undefined ? {} : { batch: { items } }),
    ...(execution.notes === undefined ? {} : { notes: execution.notes }),
  };
}

export interface Writes {
  readonly execution: ExecutionRow | undefined;
  readonly taskRuns: readonly TaskRunRow[];
  readonly removed: readonly number[];
}

/** What changed since the last call, each row once and in its latest form. Ended task runs leave the memory. */
export function takeWrites(execution: LiveExecution): Writes {
  const taskRuns: TaskRunRow[] = [];
  for (const run of execution.dirtyRuns) {
    if (!run.dirty) continue;
    run.dirty = false;
    taskRuns.push(rowOf(run));
    if (isTerminal(run.state) && !run.node.kept) execution.runs.delete(run.index);
  }
  execution.dirtyRuns = [];
  const row = execution.dirty ? rowOfExecution(execution) : undefined;
  execution.dirty = false;
  return { execution: row, taskRuns, removed: execution.removedRuns.splice(0) };
}

import { isTerminal, type ExecutionRow, type State, type TaskRunRow } from "./execution.ts";
import type { Plan, PlanNode } from "./plan.ts";

/** Rows of an execution that is to go on from a point in its past. */
export interface Rewound {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
  /** Indexes of task runs that no longer belong to it. */
  readonly removed: readonly number[];
}

/**
 * Restart: the same execution goes on where it failed. Failed task runs are run again with one more attempt; what ran
 * because of the failure (errors, finally, afterExecution) is removed, and the flowables around them are open again.
 */
export function restartRows(plan: Plan, row: ExecutionRow, taskRuns: readonly TaskRunRow[], now: number): Rewound {
  const targets = taskRuns.filter((run) => isLeaf(plan, run, taskRuns) && restartable(run.state));
  const rewound = rewind(plan, taskRuns, targets, now);
  return {
    ...rewound,
    row: withState(withoutEnd(row), ["RESTARTED", "RUNNING"], now, {
      attemptNumber: row.attemptNumber + 1,
      labels: [
        ...row.labels.filter(({ key }) => key !== "system.restarted"),
        { key: "system.restarted", value: "true" },
      ],
    }),
  };
}

/** Replay from a task run: a new execution with everything before it, going on with it. */
export function replayRows(
  plan: Plan,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  target: TaskRunRow,
  replay: { readonly id: string; readonly now: number; newId(): string },
): Rewound {
  const { now } = replay;
  const before = taskRuns.filter((run) => run.index <= target.index || isAncestor(run, target, taskRuns));
  const rewound = rewind(plan, before, [target], now);
  const { parent: _parent, scheduleDate: _scheduleDate, ...rest } = withoutEnd(row);
  const labels = [...row.labels.filter(({ key }) => key !== "system.replay"), { key: "system.replay", value: "true" }];
  const created: ExecutionRow = {
    ...rest,
    id: replay.id,
    state: "CREATED",
    history: [{ state: "CREATED", date: now }],
    createdAt: now,
    originalId: row.originalId,
    attemptNumber: row.attemptNumber + 1,
    labels,
  };
  return {
    row: withState(created, ["RESTARTED", "RUNNING"], now, {}),
    taskRuns: rewound.taskRuns.map((run) => ({ ...run, id: replay.newId() })),
    removed: [],
  };
}

/** Gives one task run another end; what follows it is decided anew. */
export function changedRows(
  plan: Plan,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  change: { readonly target: TaskRunRow; readonly state: State; readonly now: number },
): Rewound {
  const { target, state, now } = change;
  const rewound = rewind(plan, taskRuns, [], now, target);
  const changed = rewound.taskRuns.map((run) => (run.index === target.index ? withRunState(run, [state], now) : run));
  return { ...rewound, taskRuns: changed, row: withState(withoutEnd(row), ["RESTARTED", "RUNNING"], now, {}) };
}

function rewind(
  plan: Plan,
  taskRuns: readonly TaskRunRow[],
  targets: readonly TaskRunRow[],
  now: number,
  reopenAbove?: TaskRunRow,
): { taskRuns: readonly TaskRunRow[]; removed: readonly number[] } {
  const reopened = new Set<number>();
  for (const target of [...targets, ...(reopenAbove === undefined ? [] : [reopenAbove])]) {
    for (const ancestor of ancestorsOf(target, taskRuns)) reopened.add(ancestor.index);
  }
  const again = new Set(targets.map(({ index }) => index));
  const kept: TaskRunRow[] = [];
  const removed: number[] = [];
  for (const run of taskRuns) {
    if (isAftermath(plan, run) || removed.includes(run.parent ?? -1)) removed.push(run.index);
    else if (again.has(run.index)) kept.push(withRunState(withoutMemory(run), ["RESTARTED", "CREATED"], now));
    else if (reopened.has(run.index)) kept.push(withRunState(run, ["RESTARTED", "RUNNING"], now));
    else kept.push(run);
  }
  return { taskRuns: kept, removed };
}

function restartable(state: State): boolean {
  return state === "FAILED" || state === "PAUSED" || state === "KILLED" || state === "CANCELLED" || !isTerminal(state);
}

/** What ran because of a failure or after the end. */
function isAftermath(plan: Plan, run: TaskRunRow): boolean {
  const node = plan.nodes.get(run.taskId);
  if (node === undefined) return true;
  if (plan.afterExecution.includes(node) || plan.listeners.some(({ tasks }) => tasks.includes(node))) return true;
  for (let current: PlanNode | undefined = node; current?.parent !== undefined; current = current.parent) {
    const lists: PlanNode["lists"] = current.parent.lists;
    if (lists["errors"]?.includes(current) === true || lists["finally"]?.includes(current) === true) return true;
  }
  return false;
}

function isLeaf(plan: Plan, run: TaskRunRow, taskRuns: readonly TaskRunRow[]): boolean {
  if (isAftermath(plan, run)) return false;
  return plan.nodes.get(run.taskId)?.task.kind !== "flowable" || !taskRuns.some(({ parent }) => parent === run.index);
}

function ancestorsOf(run: TaskRunRow, taskRuns: readonly TaskRunRow[]): readonly TaskRunRow[] {
  const byIndex = new Map(taskRuns.map((candidate) => [candidate.index, candidate]));
  const ancestors: TaskRunRow[] = [];
  for (let parent = run.parent; parent !== undefined; parent = byIndex.get(parent)?.parent) {
    const ancestor = byIndex.get(parent);
    if (ancestor === undefined) break;
    ancestors.push(ancestor);
  }
  return ancestors;
}

function isAncestor(candidate: TaskRunRow, run: TaskRunRow, taskRuns: readonly TaskRunRow[]): boolean {
  return ancestorsOf(run, taskRuns).some(({ index }) => index === candidate.index);
}

function withRunState(run: TaskRunRow, states: readonly State[], date: number): TaskRunRow {
  const history = [...run.history, ...states.map((state) => ({ state, date }))];
  return { ...run, state: states.at(-1)!, history };
}

function withoutMemory(run: TaskRunRow): TaskRunRow {
  const { memory: _memory, outputs: _outputs, ...rest } = run;
  return rest;
}

function withoutEnd(row: ExecutionRow): ExecutionRow {
  const { outputs: _outputs, error: _error, ...rest } = row;
  return rest;
}

function withState(
  row: ExecutionRow,
  states: readonly State[],
  date: number,
  changes: Partial<ExecutionRow>,
): ExecutionRow {
  const history = [...row.history, ...states.map((state) => ({ state, date }))];
  return { ...row, ...changes, state: states.at(-1)!, history };
}

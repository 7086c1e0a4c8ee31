import {
  isTerminal,
  isYetToRun,
  type Attempt,
  type BatchItem,
  type ExecutionRow,
  type TaskRunRow,
} from "@capstan/engine";
import type { CommitUnit, TimerRow } from "@capstan/store";

/** What has been committed, kept beside the store: what every checker compares with. */
export interface Durable {
  readonly executions: ReadonlyMap<string, ExecutionRow>;
  readonly timers: ReadonlyMap<string, TimerRow>;
  /** Starts that wait, by execution and number. */
  readonly addedStarts: ReadonlyMap<string, ReadonlyMap<number, BatchItem>>;
  taskRun(executionId: string, index: number): TaskRunRow | undefined;
  taskRuns(executionId: string): readonly TaskRunRow[];
  apply(unit: CommitUnit): void;
}

export function createDurable(): Durable {
  const executions = new Map<string, ExecutionRow>();
  const taskRuns = new Map<string, Map<number, TaskRunRow>>();
  const timers = new Map<string, TimerRow>();
  const addedStarts = new Map<string, Map<number, BatchItem>>();
  const runsOf = (executionId: string) => {
    let runs = taskRuns.get(executionId);
    if (runs === undefined) taskRuns.set(executionId, (runs = new Map()));
    return runs;
  };
  return {
    executions,
    timers,
    addedStarts,
    taskRun: (executionId, index) => taskRuns.get(executionId)?.get(index),
    taskRuns: (executionId) =>
      [...(taskRuns.get(executionId)?.values() ?? [])].toSorted((one, other) => one.index - other.index),
    apply: (unit) => {
      for (const row of unit.executions ?? []) executions.set(row.id, row);
      for (const { executionId, row } of unit.taskRuns ?? []) runsOf(executionId).set(row.index, row);
      for (const { executionId, index } of unit.removedTaskRuns ?? []) runsOf(executionId).delete(index);
      for (const row of unit.timers ?? []) timers.set(timerName(row), row);
      for (const key of unit.clearedTimers ?? []) timers.delete(timerName(key));
      for (const { executionId, number, item } of unit.addedStarts ?? [])
        addedStarts.set(executionId, (addedStarts.get(executionId) ?? new Map()).set(number, item));
      for (const { executionId, number } of unit.takenStarts ?? []) addedStarts.get(executionId)?.delete(number);
    },
  };
}

export function timerName({ executionId, key }: { executionId: string; key: string }): string {
  return `${executionId}/${key}`;
}

/** Executions that take a slot of their flow's limit. */
export function takesSlot(row: ExecutionRow): boolean {
  return !isTerminal(row.state) && row.state !== "QUEUED" && !isYetToRun(row);
}

/** Of one that replays or retries another from a task run: without what it took over of the other's history. */
export function ownHistory({ history, createdAt }: ExecutionRow): ExecutionRow["history"] {
  return history.slice(history.findIndex(({ state, date }) => isYetToRun({ state }) && date >= createdAt));
}

/** An attempt that began and whose end was told; others were given up before their worker said anything. */
export function isTold({ state, history }: Attempt): boolean {
  return state !== "RESUBMITTED" && history.some((change) => change.state === "RUNNING");
}

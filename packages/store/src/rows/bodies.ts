import type { Attempt, ExecutionRow, State, StateChange, TaskRunRow } from "@capstan/engine";

/**
 * The JSON that the rows of executions and task runs are kept as. Histories are most of it, so they are written as one flat list
 * of numbers: each change's state (its position in `STATES`), then the milliseconds since the change before it.
 */
export function executionBody(row: ExecutionRow): string {
  return JSON.stringify({ ...row, history: packHistory(row.history) });
}

export function executionOf(body: string): ExecutionRow {
  const packed = JSON.parse(body) as Packed<ExecutionRow>;
  return { ...packed, history: unpackHistory(packed.history) };
}

export function taskRunBody(row: TaskRunRow): string {
  const attempts = row.attempts.map((attempt) => ({ ...attempt, history: packHistory(attempt.history) }));
  return JSON.stringify({ ...row, history: packHistory(row.history), attempts });
}

export function taskRunOf(body: string): TaskRunRow {
  const packed = JSON.parse(body) as PackedTaskRun;
  const attempts = packed.attempts.map((attempt) => ({ ...attempt, history: unpackHistory(attempt.history) }));
  return { ...packed, history: unpackHistory(packed.history), attempts };
}

type PackedTaskRun = Omit<Packed<TaskRunRow>, "attempts"> & { readonly attempts: readonly Packed<Attempt>[] };
type Packed<Row> = Omit<Row, "history"> & { readonly history: readonly number[] };

/** Positions are stored: new states go to the end. */
const STATES: readonly State[] = [
  "CREATED",
  "SUBMITTED",
  "RUNNING",
  "PAUSED",
  "RESTARTED",
  "KILLING",
  "QUEUED",
  "RETRYING",
  "BREAKPOINT",
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "RETRIED",
  "SKIPPED",
  "RESUBMITTED",
];
const POSITIONS = new Map(STATES.map((state, position) => [state, position]));

function packHistory(history: readonly StateChange[]): readonly number[] {
  const packed: number[] = [];
  let last = 0;
  for (const { state, date } of history) {
    packed.push(POSITIONS.get(state)!, date - last);
    last = date;
  }
  return packed;
}

function unpackHistory(packed: readonly number[]): readonly StateChange[] {
  const history: StateChange[] = [];
  let date = 0;
  for (let position = 0; position < packed.length; position += 2) {
    date += packed[position + 1]!;
    history.push({ state: STATES[packed[position]!]!, date });
  }
  return history;
}

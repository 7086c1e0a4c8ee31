import { isTerminal, type ExecutionRow, type State, type TaskRunRow } from "../execution/execution.ts";
import type { Plan } from "../plan.ts";
import type { EngineContext } from "../turn.ts";
import { branchValues } from "./branch-values.ts";
import { executionReason, noteReason } from "./execution-reasons.ts";
import type { Evaluated, ExecutionNote } from "./note.ts";
import type { Reason } from "./reason.ts";
import { taskRunReason } from "./task-run-reasons.ts";

/** One thing that happened to an execution: a change of a state, or what somebody or a limit did to it. */
export interface HistoryEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Absent for the execution as a whole. */
  readonly taskRun?: TaskRunRow;
  /** The attempt that a task run was in, from 1; absent before the first. */
  readonly attempt?: number;
  /** Absent where a state begins the history, and where none changed. */
  readonly from?: State;
  readonly to?: State;
  readonly why?: Reason;
}

/**
 * All that happened to an execution, oldest first: the changes of its state and of those of its task runs, with what is known of
 * why and by whom. What happened in the same millisecond is in the order of the tree: an execution begins before its tasks and
 * ends after them. `plan` adds what its flow says. Task runs that are gone (rounds of a LoopUntil, what a restart does again)
 * are not in it, nor what task runs did in another execution before this one took them over. `globals` are what expressions see besides.
 */
export function historyOf(
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  plan?: Plan,
  globals: EngineContext["globals"] = {},
): readonly HistoryEntry[] {
  const places = placesOf(taskRuns);
  const values = plan === undefined ? undefined : branchValues(row, taskRuns, plan, globals);
  const own = ownEntries(row, taskRuns);
  const placed = [
    ...inOrder(own, { begin: 0, end: places.end }, isAfterTasks),
    ...taskRuns.flatMap((run) =>
      inOrder(entriesOf(row, run, plan, values?.get(run.index)), places.of(run), isTerminal),
    ),
  ];
  placed.sort((left, right) => left.entry.at - right.entry.at || left.place - right.place);
  const entries = placed.map(({ entry }) => entry);
  // One that takes another's place has the history of that before it. A clock that was set back dates what is its own before it, too.
  return row.replayOf === undefined ? entries : entries.filter(({ at }) => at >= row.createdAt);
}

function ownEntries(row: ExecutionRow, taskRuns: readonly TaskRunRow[]): readonly HistoryEntry[] {
  const told = new Set<ExecutionNote>();
  const changes = row.history.map(({ state, date }, position): HistoryEntry => {
    const from = row.history[position - 1]?.state;
    const why = executionReason({ row, taskRuns, position, told });
    return { at: date, ...(from === undefined ? {} : { from }), to: state, ...(why === undefined ? {} : { why }) };
  });
  const others = (row.notes ?? []).filter((note) => !told.has(note));
  const noted = others.map((note): HistoryEntry => ({ at: note.at, why: noteReason(note) }));
  return [...changes, ...noted].toSorted((left, right) => left.at - right.at);
}

function entriesOf(
  row: ExecutionRow,
  run: TaskRunRow,
  plan: Plan | undefined,
  values: Evaluated["values"],
): readonly HistoryEntry[] {
  const node = plan?.nodes.get(run.taskId);
  return run.history.map(({ state, date }, position) => {
    const from = run.history[position - 1]?.state;
    const why = taskRunReason({ row, run, node, position, values });
    const attempt = attemptAt(run, date, state);
    return {
      at: date,
      taskRun: run,
      ...(attempt === 0 ? {} : { attempt }),
      ...(from === undefined ? {} : { from }),
      to: state,
      ...(why === undefined ? {} : { why }),
    };
  });
}

/** How many attempts had begun. */
function attemptAt({ attempts }: TaskRunRow, date: number, state: State): number {
  if (state === "CREATED") return 0;
  return attempts.filter(({ history }) => (history[0]?.date ?? 0) <= date).length;
}

interface Place {
  readonly begin: number;
  readonly end: number;
}

/** Where each task run begins and ends in a walk through their tree, the execution being its root. */
function placesOf(taskRuns: readonly TaskRunRow[]): { of(run: TaskRunRow): Place; readonly end: number } {
  const children = Map.groupBy(taskRuns, ({ parent }) => parent);
  const places = new Map<number, { begin: number; end: number }>();
  const open: { readonly run: TaskRunRow | undefined; readonly below: TaskRunRow[] }[] = [
    { run: undefined, below: (children.get(undefined) ?? []).toReversed() },
  ];
  let step = 0;
  while (open.length > 0) {
    const { run, below } = open.at(-1)!;
    const next = below.pop();
    step += 1;
    if (next !== undefined) {
      places.set(next.index, { begin: step, end: step });
      open.push({ run: next, below: (children.get(next.index) ?? []).toReversed() });
      continue;
    }
    if (run !== undefined) places.get(run.index)!.end = step;
    open.pop();
  }
  return { of: ({ index }) => places.get(index) ?? { begin: step, end: step }, end: step };
}

/** An execution comes into these states because of what one of its tasks came to. */
function isAfterTasks(state: State): boolean {
  return isTerminal(state) || state === "PAUSED" || state === "RETRYING";
}

/** Entries of one owner, which stay in their order: from such a state on, within one millisecond, they are at its end. */
function inOrder(entries: readonly HistoryEntry[], { begin, end }: Place, isAtEnd: (state: State) => boolean) {
  let last = { at: -Infinity, place: begin };
  return entries.map((entry) => {
    const isEnd = entry.to !== undefined && isAtEnd(entry.to);
    const place = isEnd || (entry.at === last.at && last.place === end) ? end : begin;
    last = { at: entry.at, place };
    return { entry, place };
  });
}

import { isTerminal, type ExecutionRow, type Label, type State, type TaskRunRow } from "../execution/execution.ts";
import { withFailureNoted } from "../history/note.ts";
import { LOOP, WORKING_DIRECTORY, type Plan, type PlanNode } from "../plan.ts";
import { follows, lineageOf, type Lineage } from "./succession.ts";

/**
 * Rows of an execution that is to go on from a point in its past, as they are at that moment: it is RESTARTED until it may run, as
 * are the task runs that run again; open flowables are RUNNING. `goingOn` makes of them what is stored.
 */
export interface Rewound {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
  /** Indexes of task runs that no longer belong to it. */
  readonly removed: readonly number[];
}

/**
 * Restart: the same execution goes on where it failed. Failed task runs are run again with one more attempt; what ran
 * because of the failure (errors, finally, afterExecution) is removed, and the flowables around them are open again.
 * `callerAttempt` when another execution's task run asks for it.
 */
export function restartRows(
  plan: Plan,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  now: number,
  callerAttempt = row.callerAttempt,
): Rewound {
  const main = mainRuns(plan, taskRuns);
  const { again, reopened } = toGoOn(plan, main, ({ state }) => restartable(state));
  const rewound = rewind(plan, taskRuns, { again, reopened, memory: (run) => restartedMemory(plan, run), now });
  return {
    ...rewound,
    row: withState(withoutEnd(row), "RESTARTED", now, {
      attemptNumber: row.attemptNumber + 1,
      ...(callerAttempt === undefined ? {} : { callerAttempt }),
      labels: restartLabels(row.labels),
    }),
  };
}

/** What is stored of a rewound execution: what is to run again is still to begin. */
export function goingOn(rewound: Rewound, now: number): Rewound {
  const begun = (run: TaskRunRow) => (run.state === "RESTARTED" ? withRunState(run, "CREATED", now) : run);
  return { ...rewound, taskRuns: rewound.taskRuns.map(begun) };
}

/**
 * Restart under another revision: a new execution that goes on where the other failed, so that what the other ran stays told
 * with the flow that it ran. Executions that its tasks create are new as well.
 */
export function restartedAnew(
  plan: Plan,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  restart: { readonly id: string; readonly now: number; newId(): string },
): Rewound {
  const { now } = restart;
  const chosen = toGoOn(plan, mainRuns(plan, taskRuns), ({ state }) => restartable(state));
  const rewound = rewind(plan, taskRuns, { ...chosen, memory: () => undefined, now });
  return {
    row: withState(createdFrom(row, restart), "RESTARTED", now, { labels: restartLabels(row.labels) }),
    taskRuns: rewound.taskRuns.map((run) => ({ ...run, id: restart.newId() })),
    removed: [],
  };
}

function restartLabels(labels: readonly Label[]): readonly Label[] {
  return [...labels.filter(({ key }) => key !== "system.restarted"), { key: "system.restarted", value: "true" }];
}

/**
 * Whether a restart would do anything: not where all went well, or a failure was allowed and is settled. What failed
 * beside its tasks, in its outputs say, can be tried again.
 */
export function hasRestartPoint(plan: Plan, { state }: ExecutionRow, taskRuns: readonly TaskRunRow[]): boolean {
  if (state !== "SUCCESS" && state !== "WARNING") return true;
  return mainRuns(plan, taskRuns).some((run) => restartable(run.state));
}

function mainRuns(plan: Plan, taskRuns: readonly TaskRunRow[]): readonly TaskRunRow[] {
  return taskRuns.filter((run) => !isAftermath(plan, run) && !isHook(plan, run));
}

/**
 * Replay from a task run: a new execution with everything that did not follow it, going on with it. Branches beside it are
 * taken over as they ended.
 */
export function replayRows(
  plan: Plan,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  target: TaskRunRow,
  replay: {
    readonly id: string;
    readonly now: number;
    newId(): string;
    /** A retry, not a replay by a person: starts then, and takes the execution's place for whoever waits for it. */
    readonly retryAt?: number;
  },
): Rewound {
  const { now, retryAt } = replay;
  const lineage = lineageOf(taskRuns);
  // What a Pause runs meanwhile is nothing without the Pause.
  const again = isHook(plan, target) || isBeforeReview(plan, target) ? lineage.pathOf(target).at(-2)! : target;
  const kept = taskRuns.filter((run) => !follows(plan, lineage, run, again));
  // What had not ended beside it, when a paused execution is replayed, begins anew as well.
  const main = mainRuns(plan, kept);
  const beside = toGoOn(plan, main, ({ index, state }) => index !== again.index && !isTerminal(state));
  const rewound = rewind(plan, kept, {
    again: [again, ...beside.again],
    reopened: beside.reopened,
    memory: () => undefined,
    now,
  });
  // Nor is a replay of what was replayed marked as replayed itself.
  const others = row.labels.filter(({ key }) => !key.startsWith("system.replay"));
  const labels = [...others, { key: "system.replay", value: "true" }];
  const created: ExecutionRow = {
    ...createdFrom(row, replay),
    ...(retryAt === undefined ? { labels } : retryFields(row, retryAt)),
  };
  return {
    row: withState(created, retryAt === undefined ? "RESTARTED" : "CREATED", now),
    taskRuns: rewound.taskRuns.map((run) => ({ ...run, id: replay.newId() })),
    removed: [],
  };
}

/**
 * A new execution that takes another's place: nobody waits for it. It takes over how the other came to where it goes on, as in
 * Kestra: so it started when that did, and `execution.startDate` is what the task runs read that it takes over.
 */
function createdFrom(row: ExecutionRow, { id, now }: { readonly id: string; readonly now: number }): ExecutionRow {
  const {
    parent: _parent,
    callerAttempt: _attempt,
    scheduleDate: _scheduleDate,
    notes: _notes,
    control,
    ...rest
  } = withoutEnd(row);
  return {
    ...rest,
    ...controlOfCopy(control),
    id,
    createdAt: now,
    originalId: row.originalId,
    replayOf: row.id,
    attemptNumber: row.attemptNumber + 1,
  };
}

/** It comes to the same limits, and is put off no more. */
function controlOfCopy(control: ExecutionRow["control"]): Pick<ExecutionRow, "control"> {
  if (control === undefined) return {};
  const { debounce: _debounce, batch: _batch, ...kept } = control;
  return { control: kept };
}

function retryFields(
  { parent, callerAttempt, createdAt, retriesSince = createdAt }: ExecutionRow,
  scheduleDate: number,
): Partial<ExecutionRow> {
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(callerAttempt === undefined ? {} : { callerAttempt }),
    retriesSince,
    scheduleDate,
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
  const above = lineageOf(taskRuns).pathOf(target).slice(0, -1);
  const rewound = rewind(plan, taskRuns, {
    again: [],
    reopened: above,
    changed: [target],
    memory: () => undefined,
    now,
  });
  const changed = rewound.taskRuns.map((run) => (run.index === target.index ? withOtherEnd(run, state, now) : run));
  const attemptNumber = row.attemptNumber + 1;
  return { ...rewound, taskRuns: changed, row: withState(withoutEnd(row), "RESTARTED", now, { attemptNumber }) };
}

/** Which of these task runs run again, and which are flowables that go on with the children they have. */
function toGoOn(
  plan: Plan,
  taskRuns: readonly TaskRunRow[],
  goesOn: (run: TaskRunRow) => boolean,
): { readonly again: readonly TaskRunRow[]; readonly reopened: readonly TaskRunRow[] } {
  // A Pause that only ran its hook is still to begin, and an Approval whose decision ended it that way begins anew.
  const parents = new Set(taskRuns.map(({ parent }) => parent));
  const isOpened = (run: TaskRunRow) =>
    plan.nodes.get(run.taskId)?.task.kind === "flowable" &&
    parents.has(run.index) &&
    run.memory?.["outcome"] === undefined;
  const chosen = taskRuns.filter(goesOn);
  return { again: chosen.filter((run) => !isOpened(run)), reopened: chosen.filter(isOpened) };
}

interface Rewinding {
  /** Task runs that run again. */
  readonly again: readonly TaskRunRow[];
  /** Flowables that go on with the children they have; those above a run that runs again do so anyway. */
  readonly reopened: readonly TaskRunRow[];
  /** Those that stay, with another end. */
  readonly changed?: readonly TaskRunRow[];
  /** What a run that runs again still knows. */
  readonly memory: (run: TaskRunRow) => TaskRunRow["memory"];
  readonly now: number;
}

function rewind(
  plan: Plan,
  taskRuns: readonly TaskRunRow[],
  { again: targets, reopened: asked, changed = [], memory, now }: Rewinding,
): Omit<Rewound, "row"> {
  const lineage = lineageOf(taskRuns);
  const again = new Set<number>();
  const reopened = new Set<number>();
  const rounds = roundsOf(lineage, [...targets, ...asked, ...changed]);
  for (const target of [...targets, ...asked]) {
    const path = lineage.pathOf(target);
    // The tasks of a WorkingDirectory share a folder that is gone: they run again all together.
    const group = path.findIndex(({ taskId }) => plan.nodes.get(taskId)?.task.type === WORKING_DIRECTORY);
    const depth = group === -1 ? path.length - 1 : group;
    for (const ancestor of path.slice(0, depth)) reopened.add(ancestor.index);
    (group !== -1 || targets.includes(target) ? again : reopened).add(path[depth]!.index);
  }
  const kept: TaskRunRow[] = [];
  const removed = new Set<number>();
  for (const run of taskRuns) {
    const isBelow = run.parent !== undefined && (removed.has(run.parent) || again.has(run.parent));
    if (isBelow || (isAftermath(plan, run) && !isOfOtherRound(plan, lineage, run, rounds))) removed.add(run.index);
    else if (again.has(run.index))
      kept.push(withRunState(startedOver(withFailureNoted(run), memory(run)), "RESTARTED", now));
    else if (reopened.has(run.index)) kept.push(withRunState(withoutEnding(withFailureNoted(run)), "RUNNING", now));
    else kept.push(withoutMemory(run, ["verdict"]));
  }
  return { taskRuns: kept, removed: [...removed] };
}

function restartable(state: State): boolean {
  return state === "FAILED" || state === "PAUSED" || state === "KILLED" || state === "CANCELLED" || !isTerminal(state);
}

/** A task that created executions goes on with those that failed, unless it asks for new ones. */
function restartedMemory(plan: Plan, run: TaskRunRow): TaskRunRow["memory"] {
  if (plan.nodes.get(run.taskId)?.task.kind !== "executable" || run.memory === undefined) return undefined;
  return { ...run.memory, restarted: true };
}

/** What a Pause ran while it was paused: nothing depends on how it ended. */
function isHook(plan: Plan, run: TaskRunRow): boolean {
  const node = plan.nodes.get(run.taskId);
  return node?.parent?.lists["onPause"]?.includes(node) === true;
}

/** What an Approval ran before it waited. */
function isBeforeReview(plan: Plan, run: TaskRunRow): boolean {
  const node = plan.nodes.get(run.taskId);
  return node?.parent?.lists["onWait"]?.includes(node) === true;
}

/** What ran because of a failure or after the end. */
function isAftermath(plan: Plan, run: TaskRunRow): boolean {
  const node = plan.nodes.get(run.taskId);
  if (node === undefined) return true;
  if (plan.afterExecution.includes(node) || plan.listeners.some(({ tasks }) => tasks.includes(node))) return true;
  for (let current: PlanNode | undefined = node; current?.parent !== undefined; current = current.parent)
    if (isOfAftermath(current)) return true;
  return false;
}

function isOfAftermath(node: PlanNode | undefined): boolean {
  const { errors = [], finally: last = [] } = node?.parent?.lists ?? {};
  return node !== undefined && (errors.includes(node) || last.includes(node));
}

/** The iterations that these task runs are inside of. */
function roundsOf(lineage: Lineage, taskRuns: readonly TaskRunRow[]): ReadonlySet<string> {
  return new Set(taskRuns.flatMap((run) => lineage.pathOf(run).map(roundOf)));
}

function roundOf({ parent, iteration }: TaskRunRow): string {
  return `${String(parent)} ${String(iteration)}`;
}

/** Errors and finally of an iteration of a Loop that stays as it is. */
function isOfOtherRound(plan: Plan, lineage: Lineage, run: TaskRunRow, rounds: ReadonlySet<string>): boolean {
  const path = lineage.pathOf(run);
  const first = path.find((step) => isOfAftermath(plan.nodes.get(step.taskId)));
  if (first?.iteration === undefined || rounds.has(roundOf(first))) return false;
  return plan.nodes.get(first.taskId)?.parent?.task.type === LOOP;
}

function withRunState<Row extends { readonly state: State; readonly history: TaskRunRow["history"] }>(
  run: Row,
  state: State,
  date: number,
): Row {
  return { ...run, state, history: [...run.history, { state, date }] };
}

/** Its last attempt ends with it. */
function withOtherEnd(run: TaskRunRow, state: State, date: number): TaskRunRow {
  const attempts = run.attempts.map((attempt, position) =>
    position === run.attempts.length - 1 ? withRunState(attempt, state, date) : attempt,
  );
  return { ...withRunState(withFailureNoted(run), state, date), attempts };
}

function withoutError({ error: _error, ...rest }: TaskRunRow): TaskRunRow {
  return rest;
}

/** Without what it knew of its end. */
function withoutEnding(run: TaskRunRow): TaskRunRow {
  return withoutMemory(withoutError(run), ["verdict", "outcome", "endsLane"]);
}

function withoutMemory(run: TaskRunRow, keys: readonly string[]): TaskRunRow {
  const { memory } = run;
  if (memory === undefined || !keys.some((key) => key in memory)) return run;
  return { ...run, memory: Object.fromEntries(Object.entries(memory).filter(([key]) => !keys.includes(key))) };
}

function startedOver(run: TaskRunRow, memory: TaskRunRow["memory"]): TaskRunRow {
  const { memory: _memory, outputs: _outputs, ...rest } = withoutError(run);
  return { ...rest, ...(memory === undefined ? {} : { memory }) };
}

function withoutEnd(row: ExecutionRow): ExecutionRow {
  const { outputs: _outputs, error: _error, violatedSlas: _violated, ...rest } = withFailureNoted(row);
  return rest;
}

function withState(row: ExecutionRow, state: State, date: number, changes: Partial<ExecutionRow> = {}): ExecutionRow {
  return { ...withRunState(row, state, date), ...changes };
}

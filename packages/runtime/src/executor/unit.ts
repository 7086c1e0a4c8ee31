import { isTerminal, takeWrites, type LiveExecution, type LiveRun } from "@capstan/engine";
import type { Metric } from "@capstan/sdk";
import type {
  AddedStartKey,
  AddedStartRow,
  CommitUnit,
  DocumentKey,
  DocumentRow,
  IdempotencyKeyRow,
  LogBatch,
  LogLine,
  MessageKey,
  MessageRow,
  MetricRow,
  TaskRunKey,
  TaskRunWrite,
  TimerKey,
  TimerRow,
  TriggerKey,
  TriggerRow,
} from "@capstan/store";
import type { LiveKey } from "./live-key.ts";

/** What is going into the next commit. */
export interface UnitBuilder {
  /** The execution changed: its rows are taken when the unit is sealed. */
  changed(execution: LiveExecution): void;
  log(execution: LiveExecution, source: LogSource, lines: readonly LogLine[]): void;
  /** Lines of a unit that was not written. */
  batches(batches: readonly LogBatch[]): void;
  metrics(execution: LiveExecution, source: LogSource, metrics: readonly Metric[], time: number): void;
  setTimer(timer: TimerRow): void;
  clearTimer(timer: TimerKey): void;
  message(message: MessageRow): void;
  takeMessage(message: MessageKey): void;
  /** A start that was added to an execution. */
  addStart(row: AddedStartRow): void;
  /** The execution has begun: its row holds what was added to it. */
  takeStarts(execution: LiveExecution): void;
  /** The row of a trigger that changes with what happened to this execution. */
  trigger(execution: LiveExecution, key: TriggerKey, change: TriggerChange): void;
  /** A document that changes with what happened to this execution, and others that are over. */
  document(execution: LiveExecution, row: DocumentRow, over: readonly DocumentKey[]): void;
  /** The key of the request that made an execution. */
  idempotencyKey(row: IdempotencyKeyRow): void;
  /** What is to happen once all of this execution that the unit holds is durable. */
  whenDurable(owner: LiveKey, release: () => void): void;
  /** What is to happen when it never will be written. */
  whenRefused(owner: LiveKey, refuse: Refuse): void;
  isEmpty(): boolean;
  seal(): SealedUnit;
}

/** How the row of a trigger changes with an execution that it starts. */
export interface TriggerChange {
  /** Asked when the unit is sealed: an execution that ends in the commit that begins it locks nothing. */
  rowFor(hasEnded: boolean): TriggerRow;
  /** What is in the commit. */
  row?: TriggerRow;
}

/** Hears why something will never be written. */
export type Refuse = (error: unknown) => void;

/** Something that belongs to what happened to one execution. */
export interface Owned<Item> {
  readonly owner: LiveKey;
  readonly item: Item;
}

export interface SealedUnit {
  readonly unit: CommitUnit;
  readonly executions: readonly LiveExecution[];
  readonly triggers: readonly Owned<TriggerRow>[];
  readonly documents: readonly Owned<DocumentRow>[];
  readonly releases: readonly Owned<() => void>[];
  readonly refusals: readonly Owned<Refuse>[];
}

/** Which task run speaks; nothing for the execution itself. */
export interface LogSource {
  readonly taskId?: string;
  readonly run?: LiveRun;
}

export function createUnit(): UnitBuilder {
  const executions = new Set<LiveExecution>();
  const metricRows: MetricRow[] = [];
  const timers = new Map<string, TimerRow>();
  const cleared = new Map<string, TimerKey>();
  const messages = new Map<string, MessageRow>();
  const taken = new Map<string, MessageKey>();
  const triggers = new Map<string, { readonly execution: LiveExecution; readonly change: TriggerChange }>();
  const lines = createLines();
  const starts = createStartChanges();
  const documents = createDocumentChanges();
  const idempotencyKeys: IdempotencyKeyRow[] = [];
  const releases: Owned<() => void>[] = [];
  const refusals: Owned<Refuse>[] = [];
  return {
    changed: (execution) => executions.add(execution),
    ...lines.changes,
    metrics: (execution, source, metrics, time) => {
      for (const metric of metrics) metricRows.push(metricRow(execution, source, metric, time));
    },
    setTimer: (timer) => {
      cleared.delete(nameOf(timer));
      timers.set(nameOf(timer), timer);
    },
    clearTimer: (timer) => {
      timers.delete(nameOf(timer));
      cleared.set(nameOf(timer), timer);
    },
    message: (message) => messages.set(nameOfMessage(message), message),
    takeMessage: (message) => {
      // One that was never written need not be removed.
      if (!messages.delete(nameOfMessage(message))) taken.set(nameOfMessage(message), message);
    },
    trigger: (execution, key, change) =>
      triggers.set(`${key.tenant}/${key.namespace}/${key.flowId}/${key.triggerId}`, { execution, change }),
    ...starts.changes,
    document: documents.add,
    idempotencyKey: (row) => idempotencyKeys.push(row),
    whenDurable: (owner, release) => releases.push({ owner, item: release }),
    whenRefused: (owner, refuse) => refusals.push({ owner, item: refuse }),
    isEmpty: () =>
      [executions, lines.batches, triggers, timers, cleared, messages, taken].every(({ size }) => size === 0) &&
      metricRows.length + documents.size() + releases.length === 0,
    seal: () => {
      const ownedTriggers = Array.from(triggers.values(), settled);
      const unit: CommitUnit = {
        ...rowsOf(executions),
        logs: [...lines.batches.values()],
        metrics: metricRows,
        timers: [...timers.values()],
        clearedTimers: [...cleared.values()],
        messages: [...messages.values()],
        takenMessages: [...taken.values()],
        triggers: ownedTriggers.map(({ item }) => item),
        ...starts.rows(),
        ...documents.rows(),
        idempotencyKeys,
      };
      const owned = { triggers: ownedTriggers, documents: documents.owned(), releases, refusals };
      return { unit, executions: [...executions], ...owned };
    },
  };
}

/** Lines of one source share a batch. */
function createLines() {
  const logs = new Map<unknown, LogBatch & { lines: LogLine[] }>();
  const changes: Pick<UnitBuilder, "log" | "batches"> = {
    log: (execution, source, lines) => {
      if (lines.length === 0) return;
      const { run, taskId } = source;
      // Children of a group speak for themselves although the run is the group's.
      const isOwn = taskId === undefined || taskId === run?.node.id;
      const key = isOwn ? (run ?? execution) : `${execution.id}/${run?.index ?? ""}/${taskId}`;
      const batch = logs.get(key);
      if (batch !== undefined) batch.lines.push(...lines);
      else logs.set(key, batchOf(execution, source, [...lines]));
    },
    batches: (batches) => {
      for (const batch of batches) logs.set(batch, { ...batch, lines: [...batch.lines] });
    },
  };
  return { changes, batches: logs };
}

/** Starts that came and went in one unit are never written. */
function createStartChanges() {
  const added = new Map<string, Map<number, AddedStartRow>>();
  const taken: AddedStartKey[] = [];
  const changes: Pick<UnitBuilder, "addStart" | "takeStarts"> = {
    addStart: (row) => {
      const name = `${row.tenant}/${row.executionId}`;
      const rows = added.get(name) ?? new Map<number, AddedStartRow>();
      added.set(name, rows.set(row.number, row));
    },
    takeStarts: ({ tenant, id: executionId, batch }) => {
      const name = `${tenant}/${executionId}`;
      const rows = added.get(name);
      added.delete(name);
      const count = batch?.items.length ?? 1;
      for (let number = 1; number < count; number += 1)
        if (rows?.has(number) !== true) taken.push({ tenant, executionId, number });
    },
  };
  const rows = (): Pick<CommitUnit, "addedStarts" | "takenStarts"> => {
    if (added.size + taken.length === 0) return {};
    return { addedStarts: [...added.values()].flatMap((each) => [...each.values()]), takenStarts: taken };
  };
  return { changes, rows };
}

/** Of one document the last change counts. */
function createDocumentChanges() {
  const documents = new Map<string, Owned<DocumentRow>>();
  const removedDocuments: DocumentKey[] = [];
  const owned = () => [...documents.values()];
  return {
    add: (owner: LiveExecution, item: DocumentRow, over: readonly DocumentKey[]) => {
      documents.set(`${item.tenant}/${item.kind}/${item.id}`, { owner, item });
      removedDocuments.push(...over);
    },
    size: () => documents.size,
    owned,
    rows: (): Pick<CommitUnit, "documents" | "removedDocuments"> =>
      documents.size === 0 ? {} : { documents: owned().map(({ item }) => item), removedDocuments },
  };
}

function settled({ execution, change }: { readonly execution: LiveExecution; readonly change: TriggerChange }) {
  change.row = change.rowFor(isTerminal(execution.state));
  return { owner: execution, item: change.row };
}

function rowsOf(executions: Iterable<LiveExecution>) {
  const rows: NonNullable<CommitUnit["executions"]>[number][] = [];
  const taskRuns: TaskRunWrite[] = [];
  const removedTaskRuns: TaskRunKey[] = [];
  for (const execution of executions) {
    const { tenant, id: executionId } = execution;
    const writes = takeWrites(execution);
    if (writes.execution !== undefined) rows.push(writes.execution);
    for (const row of writes.taskRuns) taskRuns.push({ tenant, executionId, row });
    for (const index of writes.removed) removedTaskRuns.push({ tenant, executionId, index });
  }
  return { executions: rows, taskRuns, removedTaskRuns };
}

function batchOf(execution: LiveExecution, { run, taskId }: LogSource, lines: LogLine[]) {
  const { namespace, flowId } = execution.fixed;
  const id = taskId ?? run?.node.id;
  return {
    tenant: execution.tenant,
    namespace,
    flowId,
    executionId: execution.id,
    ...(id === undefined ? {} : { taskId: id }),
    ...(run === undefined
      ? {}
      : { taskRunId: run.id, taskRunIndex: run.index, attempt: Math.max(0, run.attempts.length - 1) }),
    lines,
  };
}

function metricRow(execution: LiveExecution, { run, taskId }: LogSource, metric: Metric, time: number): MetricRow {
  return {
    tenant: execution.tenant,
    namespace: execution.fixed.namespace,
    flowId: execution.fixed.flowId,
    executionId: execution.id,
    taskId: taskId ?? run?.node.id ?? "",
    taskRunId: run?.id ?? "",
    name: metric.name,
    type: metric.type,
    value: metric.value,
    tags: metric.tags ?? {},
    time,
  };
}

function nameOfMessage({ tenant, executionId, id }: MessageKey): string {
  return `${tenant}/${executionId}/${id}`;
}

function nameOf(timer: TimerKey): string {
  return `${timer.tenant}/${timer.executionId}/${timer.key}`;
}

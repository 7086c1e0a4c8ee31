import { takeWrites, type LiveExecution, type LiveRun } from "@capstan/engine";
import type { Metric } from "@capstan/sdk";
import type {
  CommitUnit,
  LogBatch,
  LogLine,
  MessageKey,
  MessageRow,
  MetricRow,
  TaskRunKey,
  TaskRunWrite,
  TimerKey,
  TimerRow,
  TriggerRow,
} from "@capstan/store";

/** What is going into the next commit. */
export interface UnitBuilder {
  /** The execution changed: its rows are taken when the unit is sealed. */
  changed(execution: LiveExecution): void;
  log(execution: LiveExecution, source: LogSource, lines: readonly LogLine[]): void;
  metrics(execution: LiveExecution, source: LogSource, metrics: readonly Metric[], time: number): void;
  setTimer(timer: TimerRow): void;
  clearTimer(timer: TimerKey): void;
  message(message: MessageRow): void;
  takeMessage(message: MessageKey): void;
  trigger(row: TriggerRow): void;
  /** What is to happen once the unit is durable. */
  whenDurable(release: () => void): void;
  /** What is to happen when the unit can't be written. */
  whenRefused(refuse: (error: unknown) => void): void;
  readonly isEmpty: boolean;
  seal(): SealedUnit;
}

export interface SealedUnit {
  readonly unit: CommitUnit;
  readonly executions: readonly LiveExecution[];
  readonly logs: readonly LogBatch[];
  readonly releases: readonly (() => void)[];
  readonly refusals: readonly ((error: unknown) => void)[];
}

/** Which task run speaks; nothing for the execution itself. */
export interface LogSource {
  readonly taskId?: string;
  readonly run?: LiveRun;
}

export function createUnit(): UnitBuilder {
  const executions = new Set<LiveExecution>();
  const logs = new Map<unknown, LogBatch & { lines: LogLine[] }>();
  const metricRows: MetricRow[] = [];
  const timers = new Map<string, TimerRow>();
  const cleared = new Map<string, TimerKey>();
  const messages = new Map<string, MessageRow>();
  const taken = new Map<string, MessageKey>();
  const triggers = new Map<string, TriggerRow>();
  const releases: (() => void)[] = [];
  const refusals: ((error: unknown) => void)[] = [];
  return {
    changed: (execution) => executions.add(execution),
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
    trigger: (row) => triggers.set(`${row.tenant}/${row.namespace}/${row.flowId}/${row.triggerId}`, row),
    whenDurable: (release) => releases.push(release),
    whenRefused: (refuse) => refusals.push(refuse),
    get isEmpty() {
      const sizes = [executions.size, logs.size, timers.size, cleared.size, triggers.size, metricRows.length];
      sizes.push(messages.size, taken.size);
      return releases.length === 0 && sizes.every((size) => size === 0);
    },
    seal: () => {
      const rows = rowsOf(executions);
      const batches = [...logs.values()];
      const unit: CommitUnit = {
        ...rows,
        logs: batches,
        metrics: metricRows,
        timers: [...timers.values()],
        clearedTimers: [...cleared.values()],
        messages: [...messages.values()],
        takenMessages: [...taken.values()],
        triggers: [...triggers.values()],
      };
      return { unit, executions: [...executions], logs: batches, releases, refusals };
    },
  };
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

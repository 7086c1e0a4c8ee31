import { instantText } from "@capstan/model";
import type { FileStat } from "@capstan/storage";
import type { KeyValueRow, LogBatch, LogEntry, LogLine, MetricRow, TriggerRow } from "@capstan/store";

/** One line of a log with its source. */
export function presentLog(source: LogEntry | (Omit<LogBatch, "lines"> & LogLine)) {
  return {
    tenantId: source.tenant,
    namespace: source.namespace,
    flowId: source.flowId,
    taskId: source.taskId,
    executionId: source.executionId,
    taskRunId: source.taskRunId,
    attemptNumber: source.attempt,
    triggerId: source.triggerId,
    timestamp: instantText(source.time),
    level: source.level,
    message: source.message,
  };
}

/** A line of a downloaded log. */
export function logText({ time, level, message }: LogLine): string {
  return `${instantText(time)} ${level} ${message}`;
}

export function presentMetric({ tenant: _tenant, time, ...metric }: MetricRow) {
  return { ...metric, timestamp: instantText(time) };
}

export function presentTrigger(row: TriggerRow, now: number) {
  const lagMs = row.nextDate === undefined ? undefined : row.disabled ? 0 : Math.max(0, now - row.nextDate);
  return { ...presentStoredTrigger(row), lagMs };
}

/** What of a trigger's state is the same whenever one asks. */
export function presentStoredTrigger(row: TriggerRow) {
  const { backfill } = row;
  const updated = instantText(row.updatedAt);
  const date = row.date === undefined ? undefined : instantText(row.date);
  const next = row.nextDate === undefined ? undefined : instantText(row.nextDate);
  return {
    tenantId: row.tenant,
    namespace: row.namespace,
    flowId: row.flowId,
    triggerId: row.triggerId,
    // Clients before 2.0 want a date even of a trigger that has had none.
    date: date ?? updated,
    nextExecutionDate: next,
    updatedDate: updated,
    lastTriggeredDate: date,
    nextEvaluationDate: next,
    updatedAt: updated,
    executionId: row.executionId,
    backfill: backfill && {
      start: instantText(backfill.start),
      end: instantText(backfill.end),
      currentDate: instantText(backfill.currentDate),
      paused: backfill.paused,
      inputs: backfill.inputs,
      labels: backfill.labels,
    },
    disabled: row.disabled,
    locked: row.executionId !== undefined,
  };
}

type ShownKeyValue = Pick<KeyValueRow, "key" | "description" | "revision" | "createdAt" | "updatedAt" | "expiresAt">;

export function presentKeyValueEntry(namespace: string, row: ShownKeyValue) {
  return {
    namespace,
    key: row.key,
    revision: row.revision ?? 1,
    description: row.description,
    creationDate: instantText(row.createdAt),
    updateDate: instantText(row.updatedAt),
    expirationDate: row.expiresAt === undefined ? undefined : instantText(row.expiresAt),
  };
}

export function presentFile(file: FileStat) {
  return {
    fileName: file.name,
    type: file.type === "file" ? ("File" as const) : ("Directory" as const),
    size: file.sizeBytes,
    lastModifiedTime: file.modifiedAt,
    creationTime: file.createdAt,
  };
}

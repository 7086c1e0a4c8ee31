import { endDate, startDate, triggerExecutionId } from "../../execution-dates.ts";
import { executionBody, taskRunBody } from "../../rows/bodies.ts";
import { EXECUTION_KINDS } from "../../rows/execution-columns.ts";
import { logRows } from "../../rows/log-columns.ts";
import { metricBatches, metricItems } from "../../rows/metric-batches.ts";
import { triggerTypes } from "../../rows/trigger-types.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import type { CommitUnit, ExecutionRow, FlowRow, LogBatch, MetricRow, RemovedLogs } from "../../store.ts";
import { labelRows, labelsColumn, searchableJson } from "./labels.ts";
import { type ExecutionTable, type Table, type TableName, TABLES } from "./tables.ts";

/** One thing that a unit does to one row, or to all rows of an execution. */
export type Change =
  | {
      readonly type: "put";
      readonly table: TableName;
      readonly values: readonly SqlValue[];
      /** Of an execution: its rows in the table of labels. */
      readonly labels?: readonly (readonly SqlValue[])[];
    }
  | { readonly type: "remove"; readonly table: TableName; readonly values: readonly SqlValue[] }
  | { readonly type: "apply"; readonly values: readonly SqlValue[] }
  | { readonly type: "removeOf"; readonly table: ExecutionTable; readonly values: readonly [string, string] }
  | { readonly type: "removeLogs"; readonly filter: RemovedLogs };

/** Gives log lines, metrics and messages their place in the order of arrival. */
export interface Sequence {
  /** The last number given away. */
  last: number;
}

/**
 * What a unit does, in the order of the contract. Bodies become text here, so the caller may change its objects afterwards.
 * Throws when something can't be stored.
 */
export function encodeUnit(unit: CommitUnit, sequence: Sequence): readonly Change[] {
  const changes: Change[] = [];
  const put = (table: TableName, ...values: readonly SqlValue[]): void => {
    demandStorable(TABLES[table], values);
    changes.push({ type: "put", table, values });
  };
  const remove = (table: TableName, ...values: readonly SqlValue[]): void => {
    changes.push({ type: "remove", table, values });
  };
  for (const row of unit.flows ?? []) flow(put, row);
  for (const { tenant, namespace, id, revision } of unit.appliedFlows ?? []) {
    changes.push({ type: "apply", values: [tenant, namespace, id, revision] });
  }
  for (const row of unit.executions ?? []) execution(changes, put, remove, row);
  for (const { tenant, executionId, row } of unit.taskRuns ?? []) {
    put("task_runs", tenant, executionId, row.index, taskRunBody(row));
  }
  for (const key of unit.removedTaskRuns ?? []) remove("task_runs", key.tenant, key.executionId, key.index);
  for (const batch of unit.logs ?? []) logs(put, batch, sequence);
  for (const batch of metricBatches(unit.metrics ?? [])) metrics(put, batch, sequence);
  for (const row of unit.timers ?? []) put("timers", row.tenant, row.executionId, row.key, row.at);
  for (const key of unit.clearedTimers ?? []) remove("timers", key.tenant, key.executionId, key.key);
  for (const { tenant, executionId, id, body } of unit.messages ?? []) {
    put("messages", tenant, executionId, id, ++sequence.last, JSON.stringify(body));
  }
  for (const key of unit.takenMessages ?? []) remove("messages", key.tenant, key.executionId, key.id);
  for (const { tenant, executionId, number, item } of unit.addedStarts ?? []) {
    put("added_starts", tenant, executionId, number, JSON.stringify(item));
  }
  for (const key of unit.takenStarts ?? []) remove("added_starts", key.tenant, key.executionId, key.number);
  administration(put, remove, unit);
  for (const { tenant, id, keepsExecution = false, ...also } of unit.removedExecutions ?? []) {
    const tables: readonly ExecutionTable[] = [
      ...(keepsExecution ? [] : REMOVED_TABLES),
      ...(also.logs ? ["logs" as const] : []),
      ...(also.metrics ? ["metrics" as const] : []),
    ];
    for (const table of tables) changes.push({ type: "removeOf", table, values: [tenant, id] });
  }
  for (const filter of unit.removedLogs ?? []) changes.push({ type: "removeLogs", filter: structuredClone(filter) });
  return changes;
}

const REMOVED_TABLES = [
  "executions",
  "live_executions",
  "unhappy_executions",
  "task_runs",
  "timers",
  "messages",
  "added_starts",
] as const satisfies readonly ExecutionTable[];

type Write = (table: TableName, ...values: readonly SqlValue[]) => void;

/** Finds here, for the unit alone, what the way to the database would stumble over. */
function demandStorable({ columns }: Table, values: readonly unknown[]): void {
  for (const [position, [column, type]] of Object.entries(columns).entries()) {
    const value = values[position];
    if (value === null || (type === "integer" ? Number.isSafeInteger(value) : isStorableText(value))) continue;
    const shown = typeof value === "string" ? "a text with the character 0" : String(value);
    throw new TypeError(`${column}: ${shown} is not ${type === "integer" ? "a whole number" : "a text to be stored"}`);
  }
}

function isStorableText(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}

function flow(put: Write, row: FlowRow): void {
  const { source, checked = null, ...rest } = row;
  const { tenant, namespace, id, revision, deleted, updatedAt, labels } = row;
  const body = JSON.stringify(rest);
  const types = triggerTypes(row)?.trim() ?? null;
  put("flow_revisions", tenant, namespace, id, revision, body, source, checked);
  put("flows", tenant, namespace, id, revision, deleted ? 1 : 0, types, updatedAt, searchableJson(labels), body, 1);
}

function execution(changes: Change[], put: Write, remove: Write, row: ExecutionRow): void {
  const { tenant, id, namespace, flowId, state } = row;
  const start = startDate(row);
  const end = endDate(row) ?? null;
  const parent = row.parent?.executionId ?? null;
  const kind = EXECUTION_KINDS.indexOf(row.kind);
  const cause = triggerExecutionId(row) ?? null;
  const body = executionBody(row);
  const values = [tenant, id, namespace, flowId, start, kind, parent, cause, state, end, labelsColumn(row), body];
  demandStorable(TABLES.executions, values);
  changes.push({ type: "put", table: "executions", values, labels: labelRows(row) });
  if (end === null) put("live_executions", tenant, id, namespace, flowId, start, state);
  else remove("live_executions", tenant, id);
  if (end === null || state === "SUCCESS") remove("unhappy_executions", tenant, id);
  else put("unhappy_executions", tenant, id, start, state, namespace, flowId);
}

function logs(put: Write, batch: LogBatch, sequence: Sequence): void {
  if (batch.lines.length === 0) return;
  const { tenant, executionId = "", namespace, flowId, triggerId = null, taskId = null, taskRunId = null } = batch;
  const { taskRunIndex = null, attempt = null } = batch;
  const source = [namespace, flowId, triggerId, taskId, taskRunId, taskRunIndex, attempt];
  for (const { firstTime, lastTime, highest, lowest, count, text } of logRows(batch.lines)) {
    put("logs", tenant, executionId, firstTime, sequence.last + 1, ...source, lastTime, highest, lowest, count, text);
    sequence.last += count;
  }
}

function metrics(put: Write, batch: readonly MetricRow[], sequence: Sequence): void {
  const { tenant, executionId, namespace, flowId, taskId, taskRunId, time } = batch[0]!;
  const items = searchableJson(metricItems(batch));
  put("metrics", tenant, executionId, ++sequence.last, namespace, flowId, taskId, taskRunId, time, items);
}

function administration(put: Write, remove: Write, unit: CommitUnit): void {
  for (const row of unit.triggers ?? []) {
    const { tenant, namespace, flowId, triggerId, nextDate = null, wakeAt = null, date = null } = row;
    const { executionId = null, disabled } = row;
    const searched = [nextDate, wakeAt, date, executionId, disabled ? 1 : 0];
    put("triggers", tenant, namespace, flowId, triggerId, ...searched, JSON.stringify(row));
  }
  for (const key of unit.removedTriggers ?? []) {
    remove("triggers", key.tenant, key.namespace, key.flowId, key.triggerId);
  }
  for (const row of unit.keyValues ?? []) {
    const { tenant, namespace, key, expiresAt = null, updatedAt } = row;
    put("key_values", tenant, namespace, key, expiresAt, updatedAt, JSON.stringify(row));
  }
  for (const key of unit.removedKeyValues ?? []) remove("key_values", key.tenant, key.namespace, key.key);
  for (const { tenant, kind, id, updatedAt, body } of unit.documents ?? []) {
    put("documents", tenant, kind, id, updatedAt, JSON.stringify(body));
  }
  for (const key of unit.removedDocuments ?? []) remove("documents", key.tenant, key.kind, key.id);
  for (const row of unit.idempotencyKeys ?? []) {
    put("idempotency_keys", row.tenant, row.id, row.createdAt, row.expiresAt, JSON.stringify(row));
  }
  for (const key of unit.removedIdempotencyKeys ?? []) remove("idempotency_keys", key.tenant, key.id);
}

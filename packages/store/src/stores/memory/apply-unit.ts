import { StoreError } from "../../errors.ts";
import { startDate } from "../../execution-dates.ts";
import { lineMatcher } from "../../log-lines.ts";
import type { CommitUnit, IdempotencyKeyRow, LogBatch, RemovedExecution, RemovedLogs } from "../../store.ts";
import { batchMatcher } from "./log-queries.ts";
import { executionKey, keyOf, type Tables } from "./tables.ts";

/** The store's own copy of a unit, as JSON keeps it. Throws `store-invalid` for what can't be stored. */
export function copyUnit(unit: CommitUnit): CommitUnit {
  let copy: CommitUnit;
  try {
    copy = JSON.parse(JSON.stringify(unit));
  } catch (cause) {
    throw new StoreError("store-invalid", cause instanceof Error ? cause.message : String(cause), { cause });
  }
  for (const row of copy.executions ?? []) demandInteger(startDate(row), "date of an execution");
  for (const { row } of copy.taskRuns ?? []) demandInteger(row.index, "index of a task run");
  for (const { at } of copy.timers ?? []) demandInteger(at, "time of a timer");
  for (const { revision } of copy.flows ?? []) demandInteger(revision, "revision of a flow");
  for (const { lines } of copy.logs ?? []) for (const { time } of lines) demandInteger(time, "time of a log line");
  return copy;
}

function demandInteger(value: unknown, what: string): void {
  if (!Number.isSafeInteger(value)) throw new StoreError("store-invalid", `the ${what} is ${String(value)}`);
}

/** Writes a copied unit into the tables; answers why it is refused instead, and then has written nothing. */
export function applyUnit(tables: Tables, unit: CommitUnit): StoreError | undefined {
  const refusal = takenKey(tables, unit);
  if (refusal !== undefined) return refusal;
  applyRuns(tables, unit);
  applyAdministration(tables, unit);
  for (const removed of unit.removedExecutions ?? []) removeExecution(tables, removed);
  for (const filter of unit.removedLogs ?? []) removeLogs(tables, filter);
  return undefined;
}

/** An idempotency key that is somebody else's, within the unit or from before. */
function takenKey(tables: Tables, unit: CommitUnit): StoreError | undefined {
  const own = new Map<string, IdempotencyKeyRow>();
  for (const row of unit.idempotencyKeys ?? []) {
    const key = keyOf(row.tenant, row.id);
    const before = own.get(key) ?? tables.idempotencyKeys.get(key);
    const isTaken = before !== undefined && before.expiresAt > row.createdAt;
    if (isTaken && JSON.stringify(before) !== JSON.stringify(row))
      return new StoreError("store-invalid", `the idempotency key ${row.id} belongs to another request`);
    own.set(key, row);
  }
  return undefined;
}

function applyRuns(tables: Tables, unit: CommitUnit): void {
  for (const row of unit.flows ?? []) {
    const key = keyOf(row.tenant, row.namespace, row.id);
    const revisions = tables.flows.get(key) ?? new Map();
    tables.flows.set(key, revisions.set(row.revision, row));
    if (row.revision === Math.max(...revisions.keys())) tables.appliedFlows.delete(key);
  }
  for (const row of unit.executions ?? []) tables.executions.set(executionKey(row), row);
  for (const { tenant, executionId, row } of unit.taskRuns ?? []) {
    const key = keyOf(tenant, executionId);
    const runs = tables.taskRuns.get(key) ?? new Map();
    tables.taskRuns.set(key, runs.set(row.index, row));
  }
  for (const { tenant, executionId, index } of unit.removedTaskRuns ?? []) {
    tables.taskRuns.get(keyOf(tenant, executionId))?.delete(index);
  }
  for (const batch of unit.logs ?? []) addLogs(tables, batch);
  tables.metrics.push(...(unit.metrics ?? []));
  for (const row of unit.timers ?? []) tables.timers.set(keyOf(row.tenant, row.executionId, row.key), row);
  for (const { tenant, executionId, key } of unit.clearedTimers ?? []) {
    tables.timers.delete(keyOf(tenant, executionId, key));
  }
  for (const row of unit.messages ?? []) tables.messages.set(keyOf(row.tenant, row.executionId, row.id), row);
  for (const { tenant, executionId, id } of unit.takenMessages ?? []) {
    tables.messages.delete(keyOf(tenant, executionId, id));
  }
  for (const row of unit.addedStarts ?? []) {
    const key = keyOf(row.tenant, row.executionId);
    const starts = tables.addedStarts.get(key) ?? new Map();
    tables.addedStarts.set(key, starts.set(row.number, row));
  }
  for (const { tenant, executionId, number } of unit.takenStarts ?? [])
    tables.addedStarts.get(keyOf(tenant, executionId))?.delete(number);
}

function applyAdministration(tables: Tables, unit: CommitUnit): void {
  for (const { tenant, namespace, id, revision } of unit.appliedFlows ?? []) {
    tables.appliedFlows.set(keyOf(tenant, namespace, id), revision);
  }
  for (const row of unit.triggers ?? []) {
    tables.triggers.set(keyOf(row.tenant, row.namespace, row.flowId, row.triggerId), row);
  }
  for (const { tenant, namespace, flowId, triggerId } of unit.removedTriggers ?? []) {
    tables.triggers.delete(keyOf(tenant, namespace, flowId, triggerId));
  }
  for (const row of unit.keyValues ?? []) tables.keyValues.set(keyOf(row.tenant, row.namespace, row.key), row);
  for (const { tenant, namespace, key } of unit.removedKeyValues ?? []) {
    tables.keyValues.delete(keyOf(tenant, namespace, key));
  }
  for (const row of unit.documents ?? []) tables.documents.set(keyOf(row.tenant, row.kind, row.id), row);
  for (const { tenant, kind, id } of unit.removedDocuments ?? []) tables.documents.delete(keyOf(tenant, kind, id));
  for (const row of unit.idempotencyKeys ?? []) tables.idempotencyKeys.set(keyOf(row.tenant, row.id), row);
  for (const { tenant, id } of unit.removedIdempotencyKeys ?? []) tables.idempotencyKeys.delete(keyOf(tenant, id));
}

function addLogs(tables: Tables, batch: LogBatch): void {
  if (batch.lines.length === 0) return;
  tables.logs.push({ ...batch, sequences: batch.lines.map(() => ++tables.lineCount) });
}

export function removeExecution(tables: Tables, removed: RemovedExecution): void {
  const { tenant, id, keepsExecution = false, logs, metrics } = removed;
  const isTheirs = (row: { readonly tenant: string; readonly executionId?: string }): boolean =>
    row.tenant === tenant && row.executionId === id;
  if (!keepsExecution) {
    tables.executions.delete(keyOf(tenant, id));
    tables.taskRuns.delete(keyOf(tenant, id));
    tables.addedStarts.delete(keyOf(tenant, id));
    for (const table of [tables.timers, tables.messages]) {
      for (const [key, row] of table) if (isTheirs(row)) table.delete(key);
    }
  }
  if (logs) removeFrom(tables.logs, isTheirs);
  if (metrics) removeFrom(tables.metrics, isTheirs);
}

function removeFrom<Row>(rows: Row[], isRemoved: (row: Row) => boolean): void {
  const kept = rows.filter((row) => !isRemoved(row));
  rows.splice(0, rows.length, ...kept);
}

function removeLogs(tables: Tables, filter: RemovedLogs): void {
  const inBatch = batchMatcher(filter);
  const inLine = lineMatcher(filter);
  const kept = tables.logs.flatMap((batch) => {
    if (!inBatch(batch) || (filter.wholeBatches === true && !batch.lines.every(inLine))) return [batch];
    const places = [...batch.lines.keys()].filter((place) => !inLine(batch.lines[place]!));
    if (places.length === 0) return [];
    const lines = places.map((place) => batch.lines[place]!);
    return [{ ...batch, lines, sequences: places.map((place) => batch.sequences[place]!) }];
  });
  tables.logs.splice(0, tables.logs.length, ...kept);
}

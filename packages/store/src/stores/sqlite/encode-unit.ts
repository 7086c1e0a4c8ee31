import { endDate, startDate, triggerExecutionId } from "../../execution-dates.ts";
import { executionBody, taskRunBody } from "../../rows/bodies.ts";
import { EXECUTION_KINDS, indexedLabels } from "../../rows/execution-columns.ts";
import { logRows } from "../../rows/log-columns.ts";
import { metricBatches, metricItems } from "../../rows/metric-batches.ts";
import { triggerTypes } from "../../rows/trigger-types.ts";
import type { CommitUnit, ExecutionRow, FlowRow, LogBatch, MetricRow, RemovedExecution } from "../../store.ts";
import type { SqlValue } from "./driver.ts";
import { STATEMENT_NUMBERS as number } from "./statements.ts";

/** Gives log lines, metrics and messages their place in the order of arrival. */
export interface Sequence {
  /** The last number given away. */
  last: number;
}

/**
 * Appends the statements of a unit to `into`. JSON text is made here, so the caller may change its objects afterwards.
 * Throws when a body isn't JSON; `into` then holds a part of the unit, which the caller cuts off.
 */
export function encodeUnit(into: SqlValue[], unit: CommitUnit, sequence: Sequence): void {
  for (const row of unit.flows ?? []) flow(into, row);
  for (const row of unit.executions ?? []) execution(into, row);
  for (const { tenant, executionId, row } of unit.taskRuns ?? []) {
    into.push(number.putTaskRun, tenant, executionId, row.index, taskRunBody(row));
  }
  for (const key of unit.removedTaskRuns ?? []) into.push(number.removeTaskRun, key.tenant, key.executionId, key.index);
  for (const batch of unit.logs ?? []) logs(into, batch, sequence);
  for (const batch of metricBatches(unit.metrics ?? [])) metrics(into, batch, sequence);
  for (const row of unit.timers ?? []) into.push(number.setTimer, row.tenant, row.executionId, row.key, row.at);
  for (const key of unit.clearedTimers ?? []) into.push(number.clearTimer, key.tenant, key.executionId, key.key);
  for (const { tenant, executionId, id, body } of unit.messages ?? []) {
    into.push(number.addMessage, tenant, executionId, id, ++sequence.last, JSON.stringify(body));
  }
  for (const key of unit.takenMessages ?? []) into.push(number.takeMessage, key.tenant, key.executionId, key.id);
  for (const { tenant, executionId, number: place, item } of unit.addedStarts ?? []) {
    into.push(number.addStart, tenant, executionId, place, JSON.stringify(item));
  }
  for (const key of unit.takenStarts ?? []) into.push(number.takeStart, key.tenant, key.executionId, key.number);
  administration(into, unit);
  for (const removed of unit.removedExecutions ?? []) removal(into, removed);
  for (const filter of unit.removedLogs ?? []) into.push(number.removeLogs, JSON.stringify(filter));
}

function administration(into: SqlValue[], unit: CommitUnit): void {
  for (const { tenant, namespace, id, revision } of unit.appliedFlows ?? []) {
    into.push(number.applyFlow, tenant, namespace, id, revision);
  }
  for (const row of unit.triggers ?? []) {
    const { tenant, namespace, flowId, triggerId, nextDate = null, wakeAt = null } = row;
    into.push(number.putTrigger, tenant, namespace, flowId, triggerId, nextDate, wakeAt, JSON.stringify(row));
  }
  for (const key of unit.removedTriggers ?? []) {
    into.push(number.removeTrigger, key.tenant, key.namespace, key.flowId, key.triggerId);
  }
  for (const row of unit.keyValues ?? []) {
    into.push(number.putKeyValue, row.tenant, row.namespace, row.key, row.expiresAt ?? null, JSON.stringify(row));
  }
  for (const key of unit.removedKeyValues ?? []) into.push(number.removeKeyValue, key.tenant, key.namespace, key.key);
  for (const { tenant, kind, id, updatedAt, body } of unit.documents ?? []) {
    into.push(number.putDocument, tenant, kind, id, updatedAt, JSON.stringify(body));
  }
  for (const key of unit.removedDocuments ?? []) into.push(number.removeDocument, key.tenant, key.kind, key.id);
  for (const row of unit.idempotencyKeys ?? []) {
    const { tenant, id, createdAt, expiresAt } = row;
    into.push(number.putIdempotencyKey, tenant, id, createdAt, expiresAt, JSON.stringify(row));
  }
  for (const key of unit.removedIdempotencyKeys ?? []) into.push(number.removeIdempotencyKey, key.tenant, key.id);
}

function flow(into: SqlValue[], row: FlowRow): void {
  const { source, checked = null, ...rest } = row;
  const { tenant, namespace, id, revision, deleted, updatedAt } = row;
  const body = JSON.stringify(rest);
  into.push(number.putFlowRevision, tenant, namespace, id, revision, body, source, checked);
  const types = triggerTypes(row) ?? null;
  into.push(number.putFlow, tenant, namespace, id, revision, deleted ? 1 : 0, types, updatedAt, body);
}

function execution(into: SqlValue[], row: ExecutionRow): void {
  const labels = indexedLabels(row);
  const start = startDate(row);
  into.push(
    number.putExecution,
    row.tenant,
    row.id,
    row.namespace,
    row.flowId,
    start,
    EXECUTION_KINDS.indexOf(row.kind),
    row.parent?.executionId ?? null,
    triggerExecutionId(row) ?? null,
    row.state,
    endDate(row) ?? null,
    labels.length === 0 ? null : JSON.stringify(labels),
    executionBody(row),
  );
  // After the row: a change of labels takes the old ones away.
  for (const { key, value } of labels) into.push(number.addLabel, row.tenant, key, value, start, row.id);
}

function logs(into: SqlValue[], batch: LogBatch, sequence: Sequence): void {
  if (batch.lines.length === 0) return;
  for (const { firstTime, lastTime, highest, lowest, count, text } of logRows(batch.lines)) {
    into.push(number.addLogs, batch.tenant, batch.executionId ?? "", firstTime, sequence.last + 1);
    into.push(batch.namespace, batch.flowId);
    into.push(batch.triggerId ?? null, batch.taskId ?? null, batch.taskRunId ?? null, batch.taskRunIndex ?? null);
    into.push(batch.attempt ?? null, lastTime, highest, lowest, count, text);
    sequence.last += count;
  }
}

function metrics(into: SqlValue[], batch: readonly MetricRow[], sequence: Sequence): void {
  const { tenant, executionId, namespace, flowId, taskId, taskRunId, time } = batch[0]!;
  into.push(number.addMetrics, tenant, executionId, ++sequence.last, namespace, flowId, taskId, taskRunId, time);
  into.push(JSON.stringify(metricItems(batch)));
}

function removal(into: SqlValue[], { tenant, id, keepsExecution = false, logs, metrics }: RemovedExecution): void {
  if (!keepsExecution) {
    into.push(number.removeExecution, tenant, id);
    into.push(number.removeTaskRuns, tenant, id);
    into.push(number.clearTimers, tenant, id);
    into.push(number.takeMessages, tenant, id);
    into.push(number.takeStarts, tenant, id);
  }
  if (logs) into.push(number.removeExecutionLogs, tenant, id);
  if (metrics) into.push(number.removeExecutionMetrics, tenant, id);
}

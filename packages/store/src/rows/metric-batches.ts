import type { MetricRow } from "../store.ts";

/** Metrics of one task run that follow each other share a row. */
export function* metricBatches(rows: readonly MetricRow[]): Iterable<readonly MetricRow[]> {
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const { tenant, taskRunId, taskId, executionId } = rows[start]!;
    const isSame = (row: MetricRow | undefined) =>
      row?.taskRunId === taskRunId && row.taskId === taskId && row.executionId === executionId && row.tenant === tenant;
    while (isSame(rows[end])) end += 1;
    yield rows.slice(start, end);
  }
}

/** What the column with the metrics of a row says, as JSON: [[name, type, value, time, tags], …]. */
export function metricItems(batch: readonly MetricRow[]): readonly unknown[] {
  return batch.map((row) => [row.name, row.type, row.value, row.time, row.tags]);
}

/** A row of the table, with its metrics still as text. */
export interface StoredMetrics {
  readonly tenant: string;
  readonly execution_id: string;
  readonly namespace: string;
  readonly flow_id: string;
  readonly task_id: string;
  readonly task_run_id: string;
  readonly items: string;
}

export function metricsOf(row: StoredMetrics): readonly MetricRow[] {
  const items = JSON.parse(row.items) as readonly (readonly [
    string,
    MetricRow["type"],
    number,
    number,
    MetricRow["tags"],
  ])[];
  return items.map(([name, type, value, time, tags]) => ({
    tenant: row.tenant,
    namespace: row.namespace,
    flowId: row.flow_id,
    executionId: row.execution_id,
    taskId: row.task_id,
    taskRunId: row.task_run_id,
    name,
    type,
    value,
    tags,
    time,
  }));
}

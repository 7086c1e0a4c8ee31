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

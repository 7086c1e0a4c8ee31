import { createMetricSums } from "../../../metric-sums.ts";
import type { MetricFilter, MetricRow, MetricStatistic, Page, PageRequest, TimePart } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { demandIf, orderBy, readPage, selectSql } from "../selection.ts";
import type { Selection } from "../selection.ts";

type StoredMetric = Omit<MetricRow, "tags"> & { readonly tags: string };

const COLUMNS = `tenant, namespace, flow_id AS flowId, execution_id AS executionId, task_id AS taskId,
  task_run_id AS taskRunId, item.value ->> 0 AS name, item.value ->> 1 AS type, item.value ->> 2 AS value,
  item.value ->> 3 AS time, item.value -> 4 AS tags`;

export function searchMetrics(
  database: Database,
  filter: MetricFilter,
  page: PageRequest<"timestamp" | "name">,
): Page<MetricRow> {
  const stored = readPage<StoredMetric>(database, COLUMNS, selectMetrics(filter), metricOrder(page), page);
  const rows = stored.rows.map((row): MetricRow => Object.assign({}, row, { tags: JSON.parse(row.tags) }));
  return { rows, total: stored.total };
}

/** Walks over the values, one in memory at a time. */
export function metricStatistics(
  database: Database,
  filter: MetricFilter,
  parts: readonly TimePart[],
): readonly MetricStatistic[] {
  const sums = createMetricSums(parts);
  const { from, conditions, values } = selectMetrics(filter);
  const sql = `SELECT item.value ->> 3 AS time, item.value ->> 2 AS value FROM ${from} WHERE ${conditions.join(" AND ")}`;
  for (const { time, value } of database.iterate<{ time: number; value: number }>(sql, values)) sums.add(time, value);
  return sums.result();
}

export function distinctOfMetrics(
  database: Database,
  filter: MetricFilter,
  field: "name" | "taskId",
): readonly string[] {
  const { from, conditions, values } = selectMetrics(filter);
  const column = field === "name" ? "item.value ->> 0" : "task_id";
  const sql = `SELECT DISTINCT ${column} AS value FROM ${from} WHERE ${conditions.join(" AND ")} ORDER BY value`;
  return database.all<{ value: string }>(sql, values).map(({ value }) => value);
}

export function metricSearchSql(filter: MetricFilter, page: PageRequest<"timestamp" | "name">): string {
  return selectSql(COLUMNS, selectMetrics(filter), metricOrder(page));
}

function metricOrder(page: PageRequest<"timestamp" | "name">): string {
  const columns = { timestamp: "time", name: "name" };
  return orderBy(page, columns, ["sequence", "item.key"], [{ key: "timestamp", descending: false }]);
}

function selectMetrics(filter: MetricFilter): Selection {
  const index = filter.executionId === undefined ? " INDEXED BY metrics_by_flow" : "";
  const from = `metrics${index} CROSS JOIN json_each(items) AS item`;
  const selection: Selection = { from, conditions: ["tenant = ?"], values: [filter.tenant] };
  demandIf(selection, "execution_id = ?", filter.executionId);
  demandIf(selection, "namespace = ?", filter.namespace);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandIf(selection, "item.value ->> 0 = ?", filter.name);
  demandIf(selection, "task_id = ?", filter.taskId);
  demandIf(selection, "task_run_id = ?", filter.taskRunId);
  return selection;
}

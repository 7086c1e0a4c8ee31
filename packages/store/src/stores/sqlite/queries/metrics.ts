import { createMetricSums } from "../../../metric-sums.ts";
import {
  metricColumns,
  type MetricItems,
  metricOf,
  metricOrder,
  selectMetrics,
  type StoredMetric,
} from "../../../sql/metric-filter.ts";
import { selectSql, type Selection, whereOf } from "../../../sql/selection.ts";
import type { MetricFilter, MetricRow, MetricStatistic, Page, PageRequest, TimePart } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { readPage } from "./read-page.ts";

const ITEMS: MetricItems = {
  from: "json_each(items) AS item",
  name: "item.value ->> 0",
  type: "item.value ->> 1",
  value: "item.value ->> 2",
  time: "item.value ->> 3",
  tags: "item.value -> 4",
  position: "item.key",
};
const COLUMNS = metricColumns(ITEMS);

export function searchMetrics(
  database: Database,
  filter: MetricFilter,
  page: PageRequest<"timestamp" | "name">,
): Page<MetricRow> {
  const stored = readPage<StoredMetric>(database, COLUMNS, selectFrom(filter), metricOrder(ITEMS, page), page);
  return { rows: stored.rows.map(metricOf), total: stored.total };
}

/** Walks over the values, one in memory at a time. */
export function metricStatistics(
  database: Database,
  filter: MetricFilter,
  parts: readonly TimePart[],
): readonly MetricStatistic[] {
  const sums = createMetricSums(parts);
  const selection = selectFrom(filter);
  const sql = `SELECT ${ITEMS.time} AS time, ${ITEMS.value} AS value FROM ${selection.from} WHERE ${whereOf(selection)}`;
  const rows = database.iterate<{ time: number; value: number }>(sql, selection.values);
  for (const { time, value } of rows) sums.add(time, value);
  return sums.result();
}

export function distinctOfMetrics(
  database: Database,
  filter: MetricFilter,
  field: "name" | "taskId",
): readonly string[] {
  const selection = selectFrom(filter);
  const column = field === "name" ? ITEMS.name : "task_id";
  const sql = `SELECT DISTINCT ${column} AS value FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY value`;
  return database.all<{ value: string }>(sql, selection.values).map(({ value }) => value);
}

export function metricSearchSql(filter: MetricFilter, page: PageRequest<"timestamp" | "name">): string {
  return selectSql(COLUMNS, selectFrom(filter), metricOrder(ITEMS, page));
}

function selectFrom(filter: MetricFilter): Selection {
  const index = filter.executionId === undefined ? " INDEXED BY metrics_by_flow" : "";
  return selectMetrics(ITEMS, `metrics${index}`, filter);
}

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
import type { Reader } from "../reader.ts";

const ITEMS: MetricItems = {
  from: "json_array_elements(items) WITH ORDINALITY AS item (value, position)",
  name: `(item.value ->> 0) COLLATE "C"`,
  type: "item.value ->> 1",
  value: "(item.value ->> 2)::float8",
  time: "(item.value ->> 3)::bigint",
  tags: "item.value ->> 4",
  position: "item.position",
};
const COLUMNS = metricColumns(ITEMS);

export async function searchMetrics(
  reader: Reader,
  filter: MetricFilter,
  page: PageRequest<"timestamp" | "name">,
): Promise<Page<MetricRow>> {
  const { rows, total } = await reader.page<StoredMetric>(COLUMNS, selectFrom(filter), metricOrder(ITEMS, page), page);
  return { rows: rows.map(metricOf), total };
}

export function metricSearchSql(filter: MetricFilter, page: PageRequest<"timestamp" | "name">): string {
  return selectSql(COLUMNS, selectFrom(filter), metricOrder(ITEMS, page));
}

/** Walks over the values, some in memory at a time. */
export function metricStatistics(
  reader: Reader,
  filter: MetricFilter,
  parts: readonly TimePart[],
): Promise<readonly MetricStatistic[]> {
  const selection = selectFrom(filter);
  const sql = `SELECT ${ITEMS.time} AS time, ${ITEMS.value} AS value FROM ${selection.from} WHERE ${whereOf(selection)}`;
  return reader.snapshot(async ({ walk }) => {
    const sums = createMetricSums(parts);
    for await (const { time, value } of walk<{ time: number; value: number }>(sql, selection.values))
      sums.add(time, value);
    return sums.result();
  });
}

export async function distinctOfMetrics(
  reader: Reader,
  filter: MetricFilter,
  field: "name" | "taskId",
): Promise<readonly string[]> {
  const selection = selectFrom(filter);
  const column = field === "name" ? ITEMS.name : "task_id";
  const sql = `SELECT DISTINCT ${column} AS value FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY value`;
  return (await reader.all<{ value: string }>(sql, selection.values)).map(({ value }) => value);
}

export function selectFrom(filter: MetricFilter): Selection {
  return selectMetrics(ITEMS, "metrics", filter);
}

import type { MetricFilter, MetricRow, Page, PageRequest } from "../../../store.ts";
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

import type { MetricFilter, MetricRow, Page, PageRequest } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { demandIf, orderBy, readPage, selectSql } from "../selection.ts";
import type { Selection } from "../selection.ts";

type StoredMetric = Omit<MetricRow, "tags"> & { readonly tags: string };

const COLUMNS = `tenant, namespace, flow_id AS flowId, execution_id AS executionId, task_id AS taskId,
  task_run_id AS taskRunId, name, type, value, tags, time`;

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
  return orderBy(page, { timestamp: "time", name: "name" }, ["sequence"], [{ key: "timestamp", descending: false }]);
}

function selectMetrics(filter: MetricFilter): Selection {
  const from = filter.executionId === undefined ? "metrics INDEXED BY metrics_by_flow" : "metrics";
  const selection: Selection = { from, conditions: ["tenant = ?"], values: [filter.tenant] };
  demandIf(selection, "execution_id = ?", filter.executionId);
  demandIf(selection, "namespace = ?", filter.namespace);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandIf(selection, "name = ?", filter.name);
  demandIf(selection, "task_id = ?", filter.taskId);
  demandIf(selection, "task_run_id = ?", filter.taskRunId);
  return selection;
}

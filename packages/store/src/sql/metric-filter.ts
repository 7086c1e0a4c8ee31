import type { MetricFilter, MetricRow, PageRequest } from "../store.ts";
import { demandIf, orderBy, type Selection } from "./selection.ts";

/** How a store unpacks the metrics of its rows: what each row is joined with, and the expressions of its parts. */
export interface MetricItems {
  readonly from: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly time: string;
  readonly tags: string;
  /** The position of the metric in its row. */
  readonly position: string;
}

export type StoredMetric = Omit<MetricRow, "tags"> & { readonly tags: string };

export function metricColumns({ name, type, value, time, tags }: MetricItems): string {
  return `tenant, namespace, flow_id AS "flowId", execution_id AS "executionId", task_id AS "taskId",
    task_run_id AS "taskRunId", ${name} AS name, ${type} AS type, ${value} AS value, ${time} AS time, ${tags} AS tags`;
}

export function metricOf(row: StoredMetric): MetricRow {
  return { ...row, tags: JSON.parse(row.tags) as MetricRow["tags"] };
}

export function metricOrder(items: MetricItems, page: Pick<PageRequest<"timestamp" | "name">, "sort">): string {
  const columns = { timestamp: items.time, name: items.name };
  return orderBy(page, columns, ["sequence", items.position], [{ key: "timestamp", descending: false }]);
}

/** `table` is the table of metrics, with the index it must use. */
export function selectMetrics(items: MetricItems, table: string, filter: MetricFilter): Selection {
  const from = `${table} CROSS JOIN ${items.from}`;
  const selection: Selection = { from, conditions: ["tenant = ?"], values: [filter.tenant] };
  demandIf(selection, "execution_id = ?", filter.executionId);
  demandIf(selection, "namespace = ?", filter.namespace);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandIf(selection, `${items.name} = ?`, filter.name);
  demandIf(selection, "task_id = ?", filter.taskId);
  demandIf(selection, "task_run_id = ?", filter.taskRunId);
  return selection;
}

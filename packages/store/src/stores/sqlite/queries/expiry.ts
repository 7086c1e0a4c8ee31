import type { ExecutionExtent, ExpiredExecution, Expiry, LogSlice } from "../../../expiry.ts";
import { demandExpired, onlyFlow } from "../../../sql/expiry-filter.ts";
import { demand, type Selection, whereOf } from "../../../sql/selection.ts";
import { sliceEndSql, wholeLinesSql } from "../../../sql/log-filter.ts";
import type { ExecutionKey, LogFilter } from "../../../store.ts";
import { SQLITE } from "../dialect.ts";
import type { Database } from "../driver.ts";
import { selectFrom as selectLogs } from "./logs.ts";

export function listExpired(
  database: Database,
  tenant: string,
  expiry: Expiry,
  limit: number,
  after?: ExpiredExecution,
): readonly ExpiredExecution[] {
  const { sql, values } = expiredSql(tenant, expiry, after);
  return database.all<ExpiredExecution>(sql, [...values, limit]).map((row) => ({ ...row }));
}

/** Walks along an index by start; takes the limit as its last parameter. */
export function expiredSql(
  tenant: string,
  expiry: Expiry,
  after?: ExpiredExecution,
): Pick<Selection, "values"> & { readonly sql: string } {
  const flow = onlyFlow(expiry);
  const index = flow === undefined ? "executions_by_start" : "executions_by_flow";
  const selection: Selection = { from: `executions INDEXED BY ${index}`, conditions: ["tenant = ?"], values: [tenant] };
  if (flow !== undefined) demand(selection, "namespace = ? AND flow_id = ?", flow.namespace, flow.flowId);
  if (after !== undefined) demand(selection, "(start_date, id) > (?, ?)", after.startDate, after.id);
  demandExpired(SQLITE, selection, expiry);
  const sql = `SELECT tenant, id, namespace, flow_id AS flowId, start_date AS startDate, end_date AS endDate
    FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY start_date, id LIMIT ?`;
  return { sql, values: selection.values };
}

export function logSlice(database: Database, filter: LogFilter, batches: number): LogSlice | undefined {
  const end = sliceEndSql(SQLITE, selectLogs(filter), filter);
  if (end === undefined) return undefined;
  const until = database.get<{ until: number | null }>(end.sql, [...end.values, batches])?.until ?? undefined;
  if (until === undefined) return undefined;
  const within = { ...filter, before: until };
  const { sql, values } = wholeLinesSql(SQLITE, selectLogs(within), within);
  return { until, lines: database.get<{ lines: number }>(sql, values)?.lines ?? 0 };
}

const EXTENT = `SELECT end_date AS endDate,
    (SELECT count(*) FROM task_runs WHERE tenant = ?1 AND execution_id = ?2) AS taskRuns,
    (SELECT coalesce(sum(line_count), 0) FROM logs WHERE tenant = ?1 AND execution_id = ?2) AS logLines,
    (SELECT coalesce(sum(json_array_length(items)), 0) FROM metrics WHERE tenant = ?1 AND execution_id = ?2) AS metrics
  FROM executions WHERE tenant = ?1 AND id = ?2`;

export function extentsOf(database: Database, keys: readonly ExecutionKey[]): readonly (ExecutionExtent | undefined)[] {
  return keys.map(({ tenant, id }) => {
    const row = database.get<Omit<ExecutionExtent, "endDate"> & { endDate: number | null }>(EXTENT, [tenant, id]);
    if (row === undefined) return undefined;
    const { endDate, taskRuns, logLines, metrics } = row;
    return { ...(endDate !== null && { endDate }), taskRuns, logLines, metrics };
  });
}

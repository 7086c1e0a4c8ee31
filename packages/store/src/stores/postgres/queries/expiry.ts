import type { ExecutionExtent, ExpiredExecution, Expiry, LogSlice, Span } from "../../../expiry.ts";
import { demandExpired, latestEnd, onlyFlow } from "../../../sql/expiry-filter.ts";
import { demand, type Selection, whereOf } from "../../../sql/selection.ts";
import { sliceEndSql, wholeLinesSql } from "../../../sql/log-filter.ts";
import type { ExecutionKey, LogFilter } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import { type Drift, demandPartitions } from "../partitions/drift.ts";
import { idBounds } from "../partitions/id-bounds.ts";
import { readSpans } from "../partitions/spans.ts";
import type { Reader } from "../reader.ts";
import { selectFrom as selectLogs } from "./logs.ts";

export interface ExpiredPage {
  readonly limit: number;
  readonly after: ExpiredExecution | undefined;
}

export async function listExpired(
  reader: Reader,
  tenant: string,
  expiry: Expiry,
  { limit, after }: ExpiredPage,
): Promise<readonly ExpiredExecution[]> {
  const { sql, values } = expiredSql(tenant, expiry, await reader.drift(), after);
  return reader.all<ExpiredExecution & Record<string, unknown>>(sql, [...values, limit]);
}

/** Walks along an index by start; takes the limit as its last parameter. */
export function expiredSql(
  tenant: string,
  expiry: Expiry,
  drift: Drift,
  after?: ExpiredExecution,
): Pick<Selection, "values"> & { readonly sql: string } {
  const selection: Selection = { from: "executions", conditions: ["tenant = ?"], values: [tenant] };
  const flow = onlyFlow(expiry);
  if (flow !== undefined) demand(selection, "namespace = ? AND flow_id = ?", flow.namespace, flow.flowId);
  if (after !== undefined) demand(selection, "(start_date, id) > (?, ?)", after.startDate, after.id);
  demandExpired(POSTGRES, selection, expiry);
  demandPartitions(selection, { from: after?.startDate, to: latestEnd(expiry) ?? 0 }, drift);
  const sql = `SELECT tenant, id, namespace, flow_id AS "flowId", start_date AS "startDate", end_date AS "endDate"
    FROM executions WHERE ${whereOf(selection)} ORDER BY start_date, id LIMIT ?`;
  return { sql, values: selection.values };
}

/** Takes tenants and ids as arrays, then the least and the greatest id for each of the tables. */
const BETWEEN = "BETWEEN ? AND ?";
export const EXTENTS_SQL = `SELECT end_date AS "endDate", executions.id IS NOT NULL AS "isThere",
    (SELECT count(*) FROM task_runs WHERE tenant = wanted.tenant AND execution_id = wanted.id
      AND execution_id ${BETWEEN}) AS "taskRuns",
    (SELECT coalesce(sum(line_count), 0) FROM logs WHERE tenant = wanted.tenant AND execution_id = wanted.id
      AND execution_id ${BETWEEN}) AS "logLines",
    (SELECT coalesce(sum(json_array_length(items)), 0) FROM metrics WHERE tenant = wanted.tenant
      AND execution_id = wanted.id AND execution_id ${BETWEEN}) AS metrics
  FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS wanted (tenant, id, position)
  LEFT JOIN executions ON executions.tenant = wanted.tenant AND executions.id = wanted.id AND executions.id ${BETWEEN}
  ORDER BY position`;

interface ExtentRow extends Omit<ExecutionExtent, "endDate"> {
  readonly endDate: number | null;
  readonly isThere: boolean;
}

export async function extentsOf(
  reader: Reader,
  keys: readonly ExecutionKey[],
): Promise<readonly (ExecutionExtent | undefined)[]> {
  if (keys.length === 0) return [];
  const bounds = idBounds(keys.map(({ id }) => id));
  const wanted = [POSTGRES.list(keys.map(({ tenant }) => tenant)), POSTGRES.list(keys.map(({ id }) => id))];
  const rows = await reader.all<ExtentRow & Record<string, unknown>>(EXTENTS_SQL, [
    ...bounds,
    ...bounds,
    ...bounds,
    ...wanted,
    ...bounds,
  ]);
  return rows.map(({ isThere, endDate, taskRuns, logLines, metrics }) =>
    isThere ? { ...(endDate !== null && { endDate }), taskRuns, logLines, metrics } : undefined,
  );
}

export async function logSlice(reader: Reader, filter: LogFilter, batches: number): Promise<LogSlice | undefined> {
  const end = sliceEndSql(POSTGRES, selectLogs(filter), filter);
  if (end === undefined) return undefined;
  const until = (await reader.get<{ until: number | null }>(end.sql, [...end.values, batches]))?.until ?? undefined;
  if (until === undefined) return undefined;
  const within = { ...filter, before: until };
  const { sql, values } = wholeLinesSql(POSTGRES, selectLogs(within), within);
  return { until, lines: (await reader.get<{ lines: number }>(sql, values))?.lines ?? 0 };
}

export function listSpans(reader: Reader): Promise<readonly Span[]> {
  return readSpans((sql) => reader.all(sql));
}

import { executionOf, taskRunOf } from "../../../rows/bodies.ts";
import {
  executionOrder,
  type ExecutionSource,
  isLive,
  isUnhappy,
  listedLabel,
  namesCorrelation,
  selectExecutions,
} from "../../../sql/execution-filter.ts";
import { selectSql, type Selection } from "../../../sql/selection.ts";
import type {
  ExecutionFilter,
  ExecutionKey,
  ExecutionRow,
  ExecutionSortKey,
  FlowKey,
  Page,
  PageRequest,
  TaskRunRow,
  WholeExecution,
} from "../../../store.ts";
import { SQLITE } from "../dialect.ts";
import type { Database, SqlValue } from "../driver.ts";
import { readPage } from "./read-page.ts";

type State = ExecutionRow["state"];
interface Body {
  readonly body: string;
}

export function getExecution(database: Database, tenant: string, id: string): ExecutionRow | undefined {
  const row = database.get<Body>("SELECT body FROM executions WHERE tenant = ? AND id = ?", [tenant, id]);
  return row === undefined ? undefined : executionOf(row.body);
}

export function listTaskRuns(database: Database, tenant: string, executionId: string): readonly TaskRunRow[] {
  const sql = "SELECT body FROM task_runs WHERE tenant = ? AND execution_id = ? ORDER BY number";
  return database.all<Body>(sql, [tenant, executionId]).map((row) => taskRunOf(row.body));
}

export function wholeExecutions(database: Database, keys: readonly ExecutionKey[]): readonly WholeExecution[] {
  return keys.flatMap(({ tenant, id }) => {
    const row = getExecution(database, tenant, id);
    return row === undefined ? [] : [{ row, taskRuns: listTaskRuns(database, tenant, id) }];
  });
}

/** Finds the keys through an index first, then reads the bodies of one page only. */
export function searchExecutions(
  database: Database,
  filter: ExecutionFilter,
  page: PageRequest<ExecutionSortKey, ExecutionRow>,
): Page<ExecutionRow> {
  const selection = selectFrom(filter, page.after);
  const order = executionOrder(page, sourceFor(filter, page.after !== undefined));
  const keys = readPage<ExecutionKey>(database, "tenant, id", selection, order, page);
  const rows = keys.rows.map((key) => getExecution(database, key.tenant, key.id));
  return { rows: rows.filter((row) => row !== undefined), total: keys.total };
}

export function executionSearchSql(filter: ExecutionFilter, page: PageRequest<ExecutionSortKey, ExecutionRow>): string {
  const order = executionOrder(page, sourceFor(filter, page.after !== undefined));
  return selectSql("tenant, id", selectFrom(filter, page.after), order);
}

export function selectFrom(filter: ExecutionFilter, after?: ExecutionRow): Selection {
  return selectExecutions(SQLITE, sourceFor(filter, after !== undefined), filter, after);
}

const UNHAPPY = "state IN ('FAILED', 'WARNING', 'KILLED', 'CANCELLED', 'RETRIED', 'SKIPPED', 'RESUBMITTED')";

/** SQLite takes a partial index only when the query repeats its condition. */
export function sourceFor(filter: ExecutionFilter, goesOn: boolean): ExecutionSource {
  const label = listedLabel(filter);
  if (label !== undefined) return { from: LABELLED, conditions: [], start: "of_start", id: "of_id", label };
  const conditions = isLive(filter.states) ? ["end_date IS NULL"] : isUnhappy(filter.states) ? [UNHAPPY] : [];
  const from = `executions INDEXED BY ${indexFor(filter, goesOn)}`;
  return { from, conditions, start: "start_date", id: "executions.id" };
}

/** SQLite's own name for it. */
const PRIMARY_KEY = "sqlite_autoindex_executions_1";

/** Along the label: SQLite keeps to the order of a CROSS JOIN. */
const LABELLED = `execution_labels CROSS JOIN executions INDEXED BY ${PRIMARY_KEY} ON executions.id = of_id`;

/**
 * The index is named, so that no estimate of the planner can turn a page into a scan. A list that goes on is read in its order:
 * an index that holds fewer rows in another order would be read whole for each page.
 */
function indexFor(filter: ExecutionFilter, goesOn: boolean): string {
  if (namesCorrelation(filter)) return PRIMARY_KEY;
  if (filter.parentExecutionId !== undefined) return "executions_by_parent";
  if (filter.triggerExecutionId !== undefined) return "executions_by_trigger";
  if (filter.namespace !== undefined && filter.flowId !== undefined) return "executions_by_flow";
  if (isUnhappy(filter.states)) return "executions_unhappy";
  if (isLive(filter.states)) return "executions_live";
  if (goesOn) return "executions_by_start";
  const byFlow = [filter.namespace, filter.namespacePrefix, filter.flowId, filter.query];
  const isOfFlow = ({ field, negated = false }: { readonly field: string; readonly negated?: boolean }) =>
    !negated && (field === "namespace" || field === "flowId");
  if (byFlow.some((value) => value !== undefined) || filter.texts?.some(isOfFlow) === true) return "executions_by_flow";
  return "executions_by_start";
}

type LiveExecution = ExecutionKey & { readonly namespace: string; readonly flowId: string; readonly state: State };

/** See the contract. When `after` was removed meanwhile, its place is unknown and the list starts again. */
export function listExecutionsByState(
  database: Database,
  states: readonly State[],
  limit: number,
  after?: ExecutionKey,
): readonly LiveExecution[] {
  const values: SqlValue[] = [JSON.stringify(states)];
  const place = after === undefined ? undefined : placeOf(database, after);
  if (place !== undefined) values.push(...place);
  const rows = database.all<LiveExecution>(listByStateSql(states, place !== undefined), [...values, limit]);
  return rows.map((row) => ({ ...row }));
}

export function listByStateSql(states: readonly State[], continued: boolean): string {
  const place = continued ? "AND (start_date, tenant, id) > (?, ?, ?)" : "";
  const index = isLive(states) ? "INDEXED BY executions_live" : "";
  const live = isLive(states) ? "end_date IS NULL AND" : "";
  return `SELECT tenant, id, namespace, flow_id AS flowId, state FROM executions ${index}
    WHERE ${live} state IN (SELECT value FROM json_each(?)) ${place} ORDER BY start_date, tenant, id LIMIT ?`;
}

function placeOf(database: Database, { tenant, id }: ExecutionKey): readonly SqlValue[] | undefined {
  const sql = "SELECT start_date FROM executions WHERE tenant = ? AND id = ?";
  const row = database.get<{ start_date: number }>(sql, [tenant, id]);
  return row === undefined ? undefined : [row.start_date, tenant, id];
}

export function countExecutionsByFlow(
  database: Database,
  tenant: string,
  namespace: string,
  flowId: string,
  states: readonly State[],
): number {
  const values = [tenant, namespace, flowId, JSON.stringify(states)];
  return database.get<{ total: number }>(countByFlowSql(states), values)?.total ?? 0;
}

export function countByFlowSql(states: readonly State[]): string {
  const index = isLive(states) ? "executions_live_by_flow" : "executions_by_flow";
  const live = isLive(states) ? "AND end_date IS NULL" : "";
  return `SELECT count(*) AS total FROM executions INDEXED BY ${index}
    WHERE tenant = ? AND namespace = ? AND flow_id = ? ${live} AND state IN (SELECT value FROM json_each(?))`;
}

export const LATEST_SQL = `SELECT body FROM executions INDEXED BY executions_by_flow
  WHERE tenant = ? AND namespace = ? AND flow_id = ? ORDER BY start_date DESC, id DESC LIMIT 1`;

export function latestExecutions(
  database: Database,
  tenant: string,
  flows: readonly FlowKey[],
): readonly ExecutionRow[] {
  const rows = flows.map((flow) => database.get<Body>(LATEST_SQL, [tenant, flow.namespace, flow.id]));
  return rows.filter((row) => row !== undefined).map((row) => executionOf(row.body));
}

import { CORRELATION_LABEL, hasEnded, ORIGIN_LABEL, startDate } from "../../../execution-dates.ts";
import type {
  ExecutionFilter,
  ExecutionKey,
  ExecutionRow,
  ExecutionSortKey,
  FlowKey,
  LabelDemand,
  Page,
  PageRequest,
  TaskRunRow,
} from "../../../store.ts";
import { executionOf, taskRunOf } from "../bodies.ts";
import type { Database, SqlValue } from "../driver.ts";
import { EXECUTION_KINDS } from "../encode-unit.ts";
import {
  demand,
  demandIf,
  demandNamespace,
  demandOneOf,
  demandText,
  demandTexts,
  orderBy,
  readPage,
  selectSql,
  textCondition,
} from "../selection.ts";
import type { Selection } from "../selection.ts";

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

const SORT_COLUMNS: Readonly<Record<ExecutionSortKey, string>> = {
  id: "id",
  startDate: "start_date",
  endDate: "end_date",
  duration: "end_date - start_date",
  state: "state",
  namespace: "namespace",
  flowId: "flow_id",
};

/** Finds the keys through an index first, then reads the bodies of one page only. */
export function searchExecutions(
  database: Database,
  filter: ExecutionFilter,
  page: PageRequest<ExecutionSortKey, ExecutionRow>,
): Page<ExecutionRow> {
  const selection = selectExecutions(filter, page.after);
  const keys = readPage<ExecutionKey>(database, "tenant, id", selection, executionOrder(page), page);
  const rows = keys.rows.map((key) => getExecution(database, key.tenant, key.id));
  return { rows: rows.filter((row) => row !== undefined), total: keys.total };
}

export function executionSearchSql(filter: ExecutionFilter, page: PageRequest<ExecutionSortKey, ExecutionRow>): string {
  return selectSql("tenant, id", selectExecutions(filter, page.after), executionOrder(page));
}

function executionOrder(page: Pick<PageRequest<ExecutionSortKey>, "sort">): string {
  return orderBy(page, SORT_COLUMNS, ["id"], [{ key: "startDate", descending: true }]);
}

export function selectExecutions(filter: ExecutionFilter, after?: ExecutionRow): Selection {
  const from = tableFor(filter, after !== undefined);
  const selection: Selection = { from, conditions: ["tenant = ?"], values: [filter.tenant] };
  if (after !== undefined) demand(selection, "(start_date, executions.id) < (?, ?)", startDate(after), after.id);
  for (const { key, value } of filter.labels ?? []) demandLabel(selection, filter.tenant, key, value);
  demandIf(selection, "parent_execution_id = ?", filter.parentExecutionId);
  demandIf(selection, "trigger_execution_id = ?", filter.triggerExecutionId);
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandDates(selection, filter);
  demandOneOf(
    selection,
    "kind",
    filter.kinds?.map((kind) => EXECUTION_KINDS.indexOf(kind)),
  );
  if (filter.states !== undefined) demandStates(selection, filter.states);
  if (filter.child === true) demand(selection, `NOT (${TOP_LEVEL})`);
  if (filter.child === false) demand(selection, TOP_LEVEL);
  demandText(selection, ["id", "namespace", "flow_id"], filter.query);
  demandTexts(selection, TEXT_COLUMNS, filter.texts);
  for (const one of filter.labelDemands ?? []) demandLabelLike(selection, one);
  return selection;
}

const TEXT_COLUMNS = {
  id: "executions.id",
  namespace: "namespace",
  flowId: "flow_id",
  triggerExecutionId: "trigger_execution_id",
} as const;

const TOP_LEVEL = "parent_execution_id IS NULL AND trigger_execution_id IS NULL";
const UNHAPPY = "state IN ('FAILED', 'WARNING', 'KILLED', 'CANCELLED', 'RETRIED', 'SKIPPED', 'RESUBMITTED')";

/** SQLite's own name for it. */
const PRIMARY_KEY = "sqlite_autoindex_executions_1";

/**
 * The index is named, so that no estimate of the planner can turn a page into a scan. A list that goes on is read in its order:
 * an index that holds fewer rows in another order would be read whole for each page.
 */
function tableFor(filter: ExecutionFilter, goesOn: boolean): string {
  if (filter.labels?.some(({ key }) => key !== ORIGIN_LABEL) === true) return `executions INDEXED BY ${PRIMARY_KEY}`;
  if (filter.parentExecutionId !== undefined) return "executions INDEXED BY executions_by_parent";
  if (filter.triggerExecutionId !== undefined) return "executions INDEXED BY executions_by_trigger";
  if (filter.namespace !== undefined && filter.flowId !== undefined) return "executions INDEXED BY executions_by_flow";
  if (isUnhappy(filter.states)) return "executions INDEXED BY executions_unhappy";
  if (isLive(filter.states)) return "executions INDEXED BY executions_live";
  if (goesOn) return "executions INDEXED BY executions_by_start";
  const byFlow = [filter.namespace, filter.namespacePrefix, filter.flowId, filter.query];
  const isOfFlow = ({ field, negated = false }: { readonly field: string; readonly negated?: boolean }) =>
    !negated && (field === "namespace" || field === "flowId");
  if (byFlow.some((value) => value !== undefined) || filter.texts?.some(isOfFlow) === true)
    return "executions INDEXED BY executions_by_flow";
  return "executions INDEXED BY executions_by_start";
}

function isLive(states: readonly State[] | undefined): boolean {
  return states !== undefined && states.length > 0 && !states.some(hasEnded);
}

function isUnhappy(states: readonly State[] | undefined): boolean {
  return states !== undefined && states.length > 0 && states.every((state) => hasEnded(state) && state !== "SUCCESS");
}

function demandStates(selection: Selection, states: readonly State[]): void {
  // SQLite takes a partial index only when the query repeats its condition.
  if (isLive(states)) demand(selection, "end_date IS NULL");
  if (isUnhappy(states)) demand(selection, UNHAPPY);
  demandOneOf(selection, "state", states);
}

function demandDates(selection: Selection, filter: ExecutionFilter): void {
  demandIf(selection, "start_date >= ?", filter.startAfter);
  demandIf(selection, "start_date <= ?", filter.startBefore);
  demandIf(selection, "end_date >= ?", filter.endAfter);
  demandIf(selection, "end_date <= ?", filter.endBefore);
  // Nothing ends before it starts: lets an index by start stop early.
  demandIf(selection, "start_date <= ?", filter.endBefore);
}

/** For labels that nearly every execution has: a list of all that have it would be no help. */
const HAS_LABEL = `EXISTS (SELECT 1 FROM json_each(body, '$.labels') AS label
  WHERE label.value ->> 'key' = ? AND label.value ->> 'value' = ?)`;

function demandLabel(selection: Selection, tenant: string, key: string, value: string): void {
  if (key === ORIGIN_LABEL) return demand(selection, HAS_LABEL, key, value);
  const labelled = "SELECT execution_id FROM execution_labels WHERE tenant = ? AND key = ? AND value = ?";
  if (key !== CORRELATION_LABEL) return demand(selection, `id IN (${labelled})`, tenant, key, value);
  // An execution's own id as correlation isn't in the table of labels: its value names the execution.
  const own = `SELECT id FROM executions WHERE tenant = ? AND id = ? AND EXISTS (
    SELECT 1 FROM json_each(body, '$.labels') AS label
    WHERE label.value ->> 'key' = '${CORRELATION_LABEL}' AND label.value ->> 'value' = executions.id)`;
  return demand(selection, `id IN (${labelled} UNION ${own})`, tenant, key, value, tenant, value);
}

function demandLabelLike(selection: Selection, { key, negated = false, ...condition }: LabelDemand): void {
  const { sql, value } = textCondition("label.value ->> 'value'", condition);
  const labelled = `SELECT 1 FROM json_each(body, '$.labels') AS label WHERE label.value ->> 'key' = ? AND ${sql}`;
  demand(selection, `${negated ? "NOT " : ""}EXISTS (${labelled})`, key, value);
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

import { executionOf, taskRunOf } from "../../../rows/bodies.ts";
import {
  demandListed,
  executionOrder,
  type ExecutionSource,
  isLive,
  isUnhappy,
  listedLabel,
  selectExecutions,
} from "../../../sql/execution-filter.ts";
import { ORIGIN_LABEL } from "../../../execution-dates.ts";
import { leastIdAt } from "../../../id-times.ts";
import { countSql, demandIf, demandOneOf, knownTotal, selectSql, type Selection } from "../../../sql/selection.ts";
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
import { POSTGRES } from "../dialect.ts";
import { type Drift, demandPartitions, idCondition } from "../partitions/drift.ts";
import { idBounds } from "../partitions/id-bounds.ts";
import { latestStart, newestFirst, newestWindows, type Window, windowsOf } from "../partitions/windows.ts";
import type { Reader } from "../reader.ts";
import { narrowed, type NarrowedFilter } from "./narrowed-filter.ts";
import { roughTotal, type RoughSelections } from "./rough-totals.ts";

type State = ExecutionRow["state"];
interface Body {
  readonly body: string;
}

export async function getExecution(reader: Reader, tenant: string, id: string): Promise<ExecutionRow | undefined> {
  const row = await reader.get<Body>("SELECT body FROM executions WHERE tenant = ? AND id = ?", [tenant, id]);
  return row === undefined ? undefined : executionOf(row.body);
}

export async function listTaskRuns(
  reader: Reader,
  tenant: string,
  executionId: string,
): Promise<readonly TaskRunRow[]> {
  const sql = "SELECT body FROM task_runs WHERE tenant = ? AND execution_id = ? ORDER BY number";
  return (await reader.all<Body>(sql, [tenant, executionId])).map((row) => taskRunOf(row.body));
}

/** Two questions for each tenant, however many there are. */
export async function wholeExecutions(
  reader: Reader,
  keys: readonly ExecutionKey[],
): Promise<readonly WholeExecution[]> {
  const found = new Map<string, WholeExecution & { readonly taskRuns: TaskRunRow[] }>();
  for (const [tenant, of] of Map.groupBy(keys, (key) => key.tenant)) {
    const ids = of.map(({ id }) => id);
    const values = [JSON.stringify(ids), tenant, ...idBounds(ids)];
    const [rows, taskRuns] = await Promise.all([
      reader.all<Body>(WHOLE_SQL, values),
      reader.all<Body & { readonly execution_id: string }>(WHOLE_TASK_RUNS_SQL, values),
    ]);
    for (const { body } of rows) {
      const row = executionOf(body);
      found.set(`${tenant}/${row.id}`, { row, taskRuns: [] });
    }
    for (const { execution_id: id, body } of taskRuns) found.get(`${tenant}/${id}`)?.taskRuns.push(taskRunOf(body));
  }
  return keys.flatMap(({ tenant, id }) => found.get(`${tenant}/${id}`) ?? []);
}

const OF_KEYS = "jsonb_array_elements_text(?::jsonb) AS key";
export const WHOLE_SQL = `SELECT body FROM ${OF_KEYS} JOIN executions ON tenant = ? AND id = key AND id BETWEEN ? AND ?`;
export const WHOLE_TASK_RUNS_SQL = `SELECT execution_id, body FROM ${OF_KEYS}
  JOIN task_runs ON tenant = ? AND execution_id = key AND execution_id BETWEEN ? AND ? ORDER BY execution_id, number`;

/**
 * One page. The newest are looked for among those of the last days first, which are in few partitions, and in all of them only if
 * those don't fill the page.
 */
export async function searchExecutions(
  reader: Reader,
  wanted: ExecutionFilter,
  page: PageRequest<ExecutionSortKey, ExecutionRow>,
): Promise<Page<ExecutionRow>> {
  const [drift, filter] = await Promise.all([reader.drift(), narrowed(reader, wanted)]);
  const ask = (since: number | undefined) =>
    reader.all<Body>(executionSearchSql(filter, page, { drift, since }), [
      ...selectFrom(filter, page.after, { drift, since }).values,
      page.limit,
      page.offset,
    ]);
  const windows = filter.ids === undefined ? windowsOf(filter, page) : [undefined];
  const rows = page.limit === 0 ? [] : await newestFirst(windows, page.limit, ask);
  return {
    rows: rows.map(({ body }) => executionOf(body)),
    ...(await totalOf(reader, filter, page, rows.length, drift)),
  };
}

async function totalOf(
  reader: Reader,
  filter: NarrowedFilter,
  page: PageRequest<ExecutionSortKey, ExecutionRow>,
  found: number,
  drift: Drift,
): Promise<Omit<Page<never>, "rows">> {
  const total = knownTotal(found, page);
  if (total !== undefined) return { total };
  if (page.roughly !== true || page.limit === 0 || filter.ids !== undefined)
    return { total: await countExecutions(reader, filter, page.after, drift) };
  return roughTotal(reader, roughSelections(filter, page.after, drift), page, found);
}

/** Estimated without joins, of which the database makes wild guesses. */
function roughSelections(filter: ExecutionFilter, after: ExecutionRow | undefined, drift: Drift): RoughSelections {
  const counted = selectFrom(filter, after, { drift });
  const { labels = [], ...others } = filter;
  const rows = selectExecutions(POSTGRES, EXECUTIONS, others, after);
  demandPartitions(rows, { from: filter.startAfter, to: latestStart(filter, after) }, drift);
  const label = labels.find(({ key }) => key !== ORIGIN_LABEL);
  if (label === undefined) return { counted, estimated: [rows] };
  const labelled: Selection = { from: "execution_labels", conditions: [], values: [] };
  demandListed(POSTGRES, labelled, filter.tenant, label);
  demandIf(labelled, "of_start >= ?", filter.startAfter);
  demandIf(labelled, "of_start <= ?", latestStart(filter, after));
  return { counted, estimated: [rows, labelled] };
}

async function countExecutions(
  reader: Reader,
  filter: NarrowedFilter,
  after: ExecutionRow | undefined,
  drift: Drift,
): Promise<number> {
  const selection = selectFrom(filter, after, { drift });
  return (await reader.get<{ total: number }>(countSql(selection), selection.values))?.total ?? 0;
}

export function executionSearchSql(
  filter: NarrowedFilter,
  page: PageRequest<ExecutionSortKey, ExecutionRow>,
  window?: Window,
): string {
  return selectSql("body", selectFrom(filter, page.after, window), executionOrder(page, sourceFor(filter)));
}

/** With `window`, only the partitions that it lets be read. */
export function selectFrom(filter: NarrowedFilter, after?: ExecutionRow, window?: Window): Selection {
  if (window === undefined) return selectExecutions(POSTGRES, sourceFor(filter), filter, after);
  const { drift, since } = window;
  const from = since === undefined ? filter.startAfter : Math.max(since, filter.startAfter ?? since);
  const within = from === undefined ? filter : { ...filter, startAfter: from };
  const range = { from, to: latestStart(filter, after) };
  const source = sourceFor(filter, idCondition("executions.id", range, drift));
  const selection = selectExecutions(POSTGRES, source, within, after);
  demandOneOf(POSTGRES, selection, "executions.id", filter.ids);
  demandPartitions(selection, range, drift, source.label === undefined ? "executions.id" : "of_id");
  return selection;
}

/**
 * Along a list of executions, whose rows are looked up one by one: with OFFSET no estimate can turn it into a walk over all of them.
 * `within` says which partitions may have them.
 */
function along(list: string, within: string | undefined): string {
  const conditions = [
    "executions.tenant = of_tenant",
    "executions.id = of_id",
    ...(within === undefined ? [] : [within]),
  ];
  return `${list} CROSS JOIN LATERAL (SELECT * FROM executions WHERE ${conditions.join(" AND ")} OFFSET 0) AS executions`;
}

const EXECUTIONS: ExecutionSource = { from: "executions", conditions: [], start: "start_date", id: "executions.id" };
const LISTED_COLUMNS = { tenant: "of_tenant", state: "of_state", namespace: "of_namespace", flowId: "of_flow_id" };
const LISTED = { conditions: [], start: "of_start", id: "of_id" };

/** Lists of states that few executions have are read along the tables of those. */
export function sourceFor(filter: ExecutionFilter, within?: string): ExecutionSource {
  const label = listedLabel(filter);
  if (label !== undefined) return { ...LISTED, from: along("execution_labels", within), label };
  const list = isLive(filter.states) ? "live_executions" : isUnhappy(filter.states) ? "unhappy_executions" : undefined;
  const isOfFew = filter.parentExecutionId !== undefined || filter.triggerExecutionId !== undefined;
  if (list === undefined || isOfFew) return EXECUTIONS;
  return { ...LISTED, from: along(list, within), listed: LISTED_COLUMNS };
}

type LiveExecution = ExecutionKey & { readonly namespace: string; readonly flowId: string; readonly state: State };

/** See the contract. When `after` was removed meanwhile, its place is unknown and the list starts again. */
export async function listExecutionsByState(
  reader: Reader,
  states: readonly State[],
  limit: number,
  after?: ExecutionKey,
): Promise<readonly LiveExecution[]> {
  const place = after === undefined ? undefined : await placeOf(reader, after);
  const values = [POSTGRES.list(states), ...(place ?? []), limit];
  return reader.all<LiveExecution>(listByStateSql(states, place !== undefined), values);
}

const LIVE_COLUMNS = `of_tenant AS tenant, of_id AS id, of_namespace AS namespace, of_flow_id AS "flowId", of_state AS state`;
const ALL_COLUMNS = 'tenant, id, namespace, flow_id AS "flowId", state';

export function listByStateSql(states: readonly State[], continued: boolean): string {
  const place = (columns: string) => (continued ? `AND (${columns}) > (?, ?, ?)` : "");
  if (!isLive(states)) {
    const order = "start_date, tenant, id";
    return `SELECT ${ALL_COLUMNS} FROM executions WHERE state = ANY (?) ${place(order)} ORDER BY ${order} LIMIT ?`;
  }
  const order = "of_start, of_tenant, of_id";
  return `SELECT ${LIVE_COLUMNS} FROM live_executions WHERE of_state = ANY (?) ${place(order)} ORDER BY ${order} LIMIT ?`;
}

async function placeOf(reader: Reader, { tenant, id }: ExecutionKey) {
  const sql = 'SELECT start_date AS "startDate" FROM executions WHERE tenant = ? AND id = ?';
  const row = await reader.get<{ startDate: number }>(sql, [tenant, id]);
  return row === undefined ? undefined : [row.startDate, tenant, id];
}

export async function countExecutionsByFlow(reader: Reader, flow: FlowKey, states: readonly State[]): Promise<number> {
  const values = [flow.tenant, flow.namespace, flow.id, POSTGRES.list(states)];
  return (await reader.get<{ total: number }>(countByFlowSql(states), values))?.total ?? 0;
}

export function countByFlowSql(states: readonly State[]): string {
  return isLive(states)
    ? `SELECT count(*) AS total FROM live_executions
        WHERE of_tenant = ? AND of_namespace = ? AND of_flow_id = ? AND of_state = ANY (?)`
    : `SELECT count(*) AS total FROM executions
        WHERE tenant = ? AND namespace = ? AND flow_id = ? AND state = ANY (?)`;
}

/** Takes namespaces and ids as arrays, then the tenant, and with `isWindow` the earliest start and id. */
export function latestSql(isWindow: boolean): string {
  const window = isWindow ? "AND start_date >= ? AND executions.id >= ?" : "";
  return `SELECT latest.body
    FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS wanted (namespace, id, position),
    LATERAL (SELECT body FROM executions WHERE tenant = ? AND executions.namespace = wanted.namespace
      AND flow_id = wanted.id ${window} ORDER BY start_date DESC, executions.id DESC LIMIT 1) AS latest
    ORDER BY wanted.position`;
}

/** Those of the last days first, which are in few partitions. */
export async function latestExecutions(
  reader: Reader,
  tenant: string,
  flows: readonly FlowKey[],
): Promise<readonly ExecutionRow[]> {
  const drift = await reader.drift();
  const found = new Map<string, ExecutionRow>();
  const keyOf = (namespace: string, id: string): string => `${namespace}/${id}`;
  for (const since of [...newestWindows(Date.now()), undefined]) {
    const missing = flows.filter(({ namespace, id }) => !found.has(keyOf(namespace, id)));
    if (missing.length === 0) break;
    const namespaces = POSTGRES.list(missing.map(({ namespace }) => namespace));
    const ids = POSTGRES.list(missing.map(({ id }) => id));
    const window = since === undefined ? [] : [since, leastIdAt(since - drift.late)];
    const rows = await reader.all<Body>(latestSql(since !== undefined), [namespaces, ids, tenant, ...window]);
    for (const row of rows.map(({ body }) => executionOf(body))) found.set(keyOf(row.namespace, row.flowId), row);
  }
  return flows.flatMap(({ namespace, id }) => found.get(keyOf(namespace, id)) ?? []);
}

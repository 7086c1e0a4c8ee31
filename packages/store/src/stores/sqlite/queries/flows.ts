import { flowOrder, type FlowSortKey, selectFlows } from "../../../sql/flow-filter.ts";
import type { FlowFilter, FlowKey, FlowQueries, FlowRow, Page, PageRequest } from "../../../store.ts";
import { SQLITE } from "../dialect.ts";
import type { Database } from "../driver.ts";
import { readPage } from "./read-page.ts";

interface StoredRevision {
  readonly body: string;
  readonly source: string;
  readonly checked: string | null;
}
type FlowWithoutSource = Omit<FlowRow, "source" | "checked">;

const REVISION = "tenant = ? AND namespace = ? AND id = ?";

export function getFlow(
  database: Database,
  { tenant, namespace, id }: FlowKey,
  { revision, includeDeleted = false }: NonNullable<Parameters<FlowQueries["get"]>[1]> = {},
): FlowRow | undefined {
  const key = [tenant, namespace, id];
  const sql = `SELECT body, source, checked FROM flow_revisions WHERE ${REVISION}`;
  if (revision !== undefined)
    return decode(database.get<StoredRevision>(`${sql} AND revision = ?`, [...key, revision]));
  const latest = decode(database.get<StoredRevision>(`${sql} ORDER BY revision DESC LIMIT 1`, key));
  return latest?.deleted === true && !includeDeleted ? undefined : latest;
}

export function listRevisions(database: Database, { tenant, namespace, id }: FlowKey): readonly FlowRow[] {
  const sql = `SELECT body, source, checked FROM flow_revisions WHERE ${REVISION} ORDER BY revision`;
  return database.all<StoredRevision>(sql, [tenant, namespace, id]).map((row) => decode(row)!);
}

function decode(stored: StoredRevision | undefined): FlowRow | undefined {
  if (stored === undefined) return undefined;
  const { body, source, checked } = stored;
  return { ...(JSON.parse(body) as FlowWithoutSource), source, ...(checked === null ? {} : { checked }) };
}

export function searchFlows(
  database: Database,
  filter: FlowFilter,
  page: PageRequest<FlowSortKey, FlowKey>,
): Page<FlowRow> {
  const selection = selectFlows(SQLITE, filter, page.after);
  const keys = readPage<FlowKey>(database, "tenant, namespace, id", selection, flowOrder(page), page);
  const rows = keys.rows.map((key) => getFlow(database, key, { includeDeleted: true }));
  return { rows: rows.filter((row) => row !== undefined), total: keys.total };
}

export function listFlowKeys(database: Database, tenant: string): readonly FlowKey[] {
  const sql = "SELECT tenant, namespace, id FROM flows WHERE tenant = ? ORDER BY namespace, id";
  return database.all<FlowKey>(sql, [tenant]).map((row) => ({ ...row }));
}

export function listNamespaces(database: Database, tenant: string): readonly string[] {
  const sql = "SELECT DISTINCT namespace FROM flows WHERE tenant = ? AND deleted = 0 ORDER BY namespace";
  return database.all<{ namespace: string }>(sql, [tenant]).map((row) => row.namespace);
}

/** Walks from one set of types to the next, and reads the flows of those that hold the type. */
export const WITH_TRIGGER_SQL = `WITH RECURSIVE sets (types) AS (
    SELECT min(trigger_types) FROM flows INDEXED BY flows_by_trigger_types
      WHERE trigger_types IS NOT NULL AND deleted = 0
    UNION ALL
    SELECT (SELECT min(trigger_types) FROM flows INDEXED BY flows_by_trigger_types
      WHERE trigger_types IS NOT NULL AND deleted = 0 AND trigger_types > sets.types)
      FROM sets WHERE sets.types IS NOT NULL
  )
  SELECT flows.body FROM sets CROSS JOIN flows INDEXED BY flows_by_trigger_types
    ON flows.trigger_types = sets.types AND flows.trigger_types IS NOT NULL AND flows.deleted = 0
  WHERE instr(sets.types, ?) > 0 ORDER BY flows.tenant, flows.namespace, flows.id`;

export function flowsWithTrigger(database: Database, type: string): readonly FlowWithoutSource[] {
  const rows = database.all<{ body: string }>(WITH_TRIGGER_SQL, [` ${type} `]);
  return rows.map((row): FlowWithoutSource => JSON.parse(row.body));
}

export const UNAPPLIED_SQL = `SELECT tenant, namespace, id FROM flows INDEXED BY flows_unapplied
  WHERE unapplied = 1 AND (tenant, namespace, id) > (?, ?, ?) ORDER BY tenant, namespace, id LIMIT ?`;

export function unappliedFlows(database: Database, limit: number, after?: FlowKey): readonly FlowKey[] {
  const { tenant = "", namespace = "", id = "" } = after ?? {};
  return database.all<FlowKey>(UNAPPLIED_SQL, [tenant, namespace, id, limit]).map((row) => ({ ...row }));
}

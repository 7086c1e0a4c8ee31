import type { FlowFilter, FlowKey, FlowQueries, FlowRow, Page, PageRequest } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { demand, demandNamespace, demandText, demandTexts, orderBy, readPage, textCondition } from "../selection.ts";
import type { Selection } from "../selection.ts";

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

const SORT_COLUMNS = { id: "id", namespace: "namespace", updatedAt: "updated_at" } as const;

export function searchFlows(
  database: Database,
  filter: FlowFilter,
  page: PageRequest<keyof typeof SORT_COLUMNS, FlowKey>,
): Page<FlowRow> {
  const order = orderBy(page, SORT_COLUMNS, ["namespace", "id"], [{ key: "namespace", descending: false }]);
  const selection = selectFlows(filter);
  if (page.after !== undefined)
    demand(selection, "(namespace, flows.id) > (?, ?)", page.after.namespace, page.after.id);
  const keys = readPage<FlowKey>(database, "tenant, namespace, id", selection, order, page);
  const rows = keys.rows.map((key) => getFlow(database, key, { includeDeleted: true }));
  return { rows: rows.filter((row) => row !== undefined), total: keys.total };
}

function selectFlows(filter: FlowFilter): Selection {
  const selection: Selection = { from: "flows", conditions: ["tenant = ?"], values: [filter.tenant] };
  demandNamespace(selection, filter);
  if (filter.includeDeleted !== true) demand(selection, "deleted = 0");
  for (const { key, value } of filter.labels ?? []) {
    const label = "SELECT 1 FROM json_each(body, '$.labels') AS label WHERE label.key = ? AND label.value = ?";
    demand(selection, `EXISTS (${label})`, key, value);
  }
  demandText(selection, ["id", "namespace"], filter.query);
  demandTexts(selection, { id: "flows.id", namespace: "namespace" }, filter.texts);
  for (const { key, negated = false, ...condition } of filter.labelDemands ?? []) {
    const { sql, value } = textCondition("label.value", condition);
    const labelled = `SELECT 1 FROM json_each(body, '$.labels') AS label WHERE label.key = ? AND ${sql}`;
    demand(selection, `${negated ? "NOT " : ""}EXISTS (${labelled})`, key, value);
  }
  return selection;
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

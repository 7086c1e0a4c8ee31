import { flowOrder, type FlowSortKey, selectFlows } from "../../../sql/flow-filter.ts";
import type { FlowFilter, FlowKey, FlowQueries, FlowRow, Page, PageRequest } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import type { Reader } from "../reader.ts";

interface StoredRevision {
  readonly body: string;
  readonly source: string;
  readonly checked: string | null;
}
type FlowWithoutSource = Omit<FlowRow, "source" | "checked">;

const REVISION = "SELECT body, source, checked FROM flow_revisions WHERE tenant = ? AND namespace = ? AND id = ?";

export async function getFlow(
  reader: Reader,
  { tenant, namespace, id }: FlowKey,
  { revision, includeDeleted = false }: NonNullable<Parameters<FlowQueries["get"]>[1]> = {},
): Promise<FlowRow | undefined> {
  const key = [tenant, namespace, id];
  if (revision !== undefined) {
    const row = await reader.get<StoredRevision>(`${REVISION} AND revision = ?`, [...key, revision]);
    return row && decode(row);
  }
  const row = await reader.get<StoredRevision>(`${REVISION} ORDER BY revision DESC LIMIT 1`, key);
  const latest = row && decode(row);
  return latest?.deleted === true && !includeDeleted ? undefined : latest;
}

export async function listRevisions(reader: Reader, key: FlowKey): Promise<readonly FlowRow[]> {
  const values = [key.tenant, key.namespace, key.id];
  return (await reader.all<StoredRevision>(`${REVISION} ORDER BY revision`, values)).map(decode);
}

function decode({ body, source, checked }: StoredRevision): FlowRow {
  return { ...(JSON.parse(body) as FlowWithoutSource), source, ...(checked === null ? {} : { checked }) };
}

/** Takes the tenant, then namespaces and ids as arrays; the revisions come in that order. */
const LATEST_REVISIONS_SQL = `SELECT r.body, r.source, r.checked
  FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS wanted (namespace, id, position)
  JOIN flows ON flows.tenant = ? AND flows.namespace = wanted.namespace AND flows.id = wanted.id
  JOIN flow_revisions AS r ON r.tenant = flows.tenant AND r.namespace = flows.namespace AND r.id = flows.id
    AND r.revision = flows.revision
  ORDER BY wanted.position`;

/** Takes tenants, namespaces and ids as arrays. */
export const LATEST_OF_MANY_SQL = `SELECT wanted.position, r.body, r.source, r.checked
  FROM unnest(?::text[], ?::text[], ?::text[]) WITH ORDINALITY AS wanted (tenant, namespace, id, position)
  JOIN flows ON flows.tenant = wanted.tenant AND flows.namespace = wanted.namespace AND flows.id = wanted.id
  JOIN flow_revisions AS r ON r.tenant = flows.tenant AND r.namespace = flows.namespace AND r.id = flows.id
    AND r.revision = flows.revision`;

/** The latest revision of each, also of one that is deleted; nothing in the place of one that there is not. */
export async function latestFlows(reader: Reader, keys: readonly FlowKey[]): Promise<readonly (FlowRow | undefined)[]> {
  const lists = [
    POSTGRES.list(keys.map(({ tenant }) => tenant)),
    POSTGRES.list(keys.map(({ namespace }) => namespace)),
    POSTGRES.list(keys.map(({ id }) => id)),
  ];
  const rows = await reader.all<StoredRevision & { readonly position: string }>(LATEST_OF_MANY_SQL, lists);
  const found: (FlowRow | undefined)[] = keys.map(() => undefined);
  for (const { position, ...row } of rows) found[Number(position) - 1] = decode(row);
  return found;
}

/** Finds the keys first, then reads the sources of one page only. */
export async function searchFlows(
  reader: Reader,
  filter: FlowFilter,
  page: PageRequest<FlowSortKey, FlowKey>,
): Promise<Page<FlowRow>> {
  const selection = selectFlows(POSTGRES, filter, page.after);
  const keys = await reader.page<FlowKey & Record<string, string>>("namespace, id", selection, flowOrder(page), page);
  const lists = [POSTGRES.list(keys.rows.map((key) => key.namespace)), POSTGRES.list(keys.rows.map((key) => key.id))];
  const rows = await reader.all<StoredRevision>(LATEST_REVISIONS_SQL, [...lists, filter.tenant]);
  return { rows: rows.map(decode), total: keys.total };
}

export function listFlowKeys(reader: Reader, tenant: string): Promise<readonly FlowKey[]> {
  return reader.all<FlowKey>("SELECT tenant, namespace, id FROM flows WHERE tenant = ? ORDER BY namespace, id", [
    tenant,
  ]);
}

export async function listNamespaces(reader: Reader, tenant: string): Promise<readonly string[]> {
  const sql = "SELECT DISTINCT namespace FROM flows WHERE tenant = ? AND deleted = 0 ORDER BY namespace";
  return (await reader.all<{ namespace: string }>(sql, [tenant])).map((row) => row.namespace);
}

export const WITH_TRIGGER_SQL = `SELECT body FROM flows WHERE trigger_types @> ARRAY[?::text] AND deleted = 0
  ORDER BY tenant, namespace, id`;

export async function flowsWithTrigger(reader: Reader, type: string): Promise<readonly FlowWithoutSource[]> {
  const rows = await reader.all<{ body: string }>(WITH_TRIGGER_SQL, [type]);
  return rows.map((row): FlowWithoutSource => JSON.parse(row.body));
}

export const UNAPPLIED_SQL = `SELECT tenant, namespace, id FROM flows
  WHERE unapplied = 1 AND (tenant, namespace, id) > (?, ?, ?) ORDER BY tenant, namespace, id LIMIT ?`;

export function unappliedFlows(reader: Reader, limit: number, after?: FlowKey): Promise<readonly FlowKey[]> {
  const { tenant = "", namespace = "", id = "" } = after ?? {};
  return reader.all<FlowKey>(UNAPPLIED_SQL, [tenant, namespace, id, limit]);
}

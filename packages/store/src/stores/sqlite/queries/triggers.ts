import type { FlowKey, Page, PageRequest, TriggerFilter, TriggerKey, TriggerRow, WakeRange } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { demand, demandIf, demandNamespace, demandText, demandTexts, orderBy, readPage } from "../selection.ts";
import type { Selection } from "../selection.ts";

interface Body {
  readonly body: string;
}
const decode = (row: Body): TriggerRow => JSON.parse(row.body);

export function getTrigger(database: Database, key: TriggerKey): TriggerRow | undefined {
  const sql = "SELECT body FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? AND trigger_id = ?";
  const row = database.get<Body>(sql, [key.tenant, key.namespace, key.flowId, key.triggerId]);
  return row === undefined ? undefined : decode(row);
}

const SORT_COLUMNS = {
  triggerId: "trigger_id",
  flowId: "flow_id",
  namespace: "namespace",
  nextDate: "next_date",
  date: "body ->> 'date'",
} as const;

export function searchTriggers(
  database: Database,
  filter: TriggerFilter,
  page: PageRequest<keyof typeof SORT_COLUMNS, TriggerKey>,
): Page<TriggerRow> {
  const key = ["namespace", "flow_id", "trigger_id"];
  const order = orderBy(page, SORT_COLUMNS, key, [{ key: "namespace", descending: false }]);
  const selection = selectTriggers(filter);
  const { after } = page;
  if (after !== undefined)
    demand(selection, "(namespace, flow_id, trigger_id) > (?, ?, ?)", after.namespace, after.flowId, after.triggerId);
  const stored = readPage<Body>(database, "body", selection, order, page);
  return { rows: stored.rows.map(decode), total: stored.total };
}

function selectTriggers(filter: TriggerFilter): Selection {
  const selection: Selection = { from: "triggers", conditions: ["tenant = ?"], values: [filter.tenant] };
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  if (filter.disabled !== undefined) demand(selection, "body ->> 'disabled' = ?", filter.disabled ? 1 : 0);
  if (filter.locked !== undefined)
    demand(selection, `body ->> 'executionId' IS ${filter.locked ? "NOT NULL" : "NULL"}`);
  demandIf(selection, "next_date >= ?", filter.nextAfter);
  demandIf(selection, "next_date <= ?", filter.nextBefore);
  demandIf(selection, "body ->> 'date' >= ?", filter.lastAfter);
  demandIf(selection, "body ->> 'date' <= ?", filter.lastBefore);
  demandText(selection, ["trigger_id", "flow_id", "namespace"], filter.query);
  demandTexts(selection, TEXT_COLUMNS, filter.texts);
  return selection;
}

const TEXT_COLUMNS = { triggerId: "trigger_id", flowId: "flow_id", namespace: "namespace" } as const;

export function triggersOfFlow(database: Database, { tenant, namespace, id }: FlowKey): readonly TriggerRow[] {
  const sql = "SELECT body FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? ORDER BY trigger_id";
  return database.all<Body>(sql, [tenant, namespace, id]).map(decode);
}

/** In the order of the index, so that a page goes on where the one before it ended. */
export const TO_WAKE_SQL = `SELECT body FROM triggers INDEXED BY triggers_to_wake
  WHERE wake_at IS NOT NULL AND wake_at <= ?
    AND (wake_at, tenant, namespace, flow_id, trigger_id) > (?, ?, ?, ?, ?)
  ORDER BY wake_at, tenant, namespace, flow_id, trigger_id LIMIT ?`;

export function triggersToWake(
  database: Database,
  { after, until }: WakeRange,
  limit: number,
  behind?: TriggerRow,
): readonly TriggerRow[] {
  // No key is empty, so everything of the next millisecond is behind empty ones.
  const { wakeAt = after + 1, tenant = "", namespace = "", flowId = "", triggerId = "" } = behind ?? {};
  return database.all<Body>(TO_WAKE_SQL, [until, wakeAt, tenant, namespace, flowId, triggerId, limit]).map(decode);
}

export const NEXT_WAKE_SQL = `SELECT min(wake_at) AS earliest FROM triggers INDEXED BY triggers_to_wake
  WHERE wake_at IS NOT NULL AND wake_at > ?`;

export function nextWake(database: Database, after: number): number | undefined {
  return database.get<{ earliest: number | null }>(NEXT_WAKE_SQL, [after])?.earliest ?? undefined;
}

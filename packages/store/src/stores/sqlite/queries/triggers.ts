import { selectTriggers, type TriggerColumns, triggerOrder, type TriggerSortKey } from "../../../sql/trigger-filter.ts";
import type { FlowKey, Page, PageRequest, TriggerFilter, TriggerKey, TriggerRow, WakeRange } from "../../../store.ts";
import { SQLITE } from "../dialect.ts";
import type { Database } from "../driver.ts";
import { readPage } from "./read-page.ts";

interface Body {
  readonly body: string;
}
const decode = (row: Body): TriggerRow => JSON.parse(row.body);

export function getTrigger(database: Database, key: TriggerKey): TriggerRow | undefined {
  const sql = "SELECT body FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? AND trigger_id = ?";
  const row = database.get<Body>(sql, [key.tenant, key.namespace, key.flowId, key.triggerId]);
  return row === undefined ? undefined : decode(row);
}

const COLUMNS: TriggerColumns = {
  disabled: "body ->> 'disabled'",
  executionId: "body ->> 'executionId'",
  date: "body ->> 'date'",
};

export function searchTriggers(
  database: Database,
  filter: TriggerFilter,
  page: PageRequest<TriggerSortKey, TriggerKey>,
): Page<TriggerRow> {
  const selection = selectTriggers(SQLITE, COLUMNS, filter, page.after);
  const stored = readPage<Body>(database, "body", selection, triggerOrder(COLUMNS, page), page);
  return { rows: stored.rows.map(decode), total: stored.total };
}

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

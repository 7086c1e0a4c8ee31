import { selectTriggers, type TriggerColumns, triggerOrder, type TriggerSortKey } from "../../../sql/trigger-filter.ts";
import type { FlowKey, Page, PageRequest, TriggerFilter, TriggerKey, TriggerRow, WakeRange } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import type { Reader } from "../reader.ts";

interface Body {
  readonly body: string;
}
const decode = (row: Body): TriggerRow => JSON.parse(row.body);

export async function getTrigger(reader: Reader, key: TriggerKey): Promise<TriggerRow | undefined> {
  const sql = "SELECT body FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? AND trigger_id = ?";
  const row = await reader.get<Body>(sql, [key.tenant, key.namespace, key.flowId, key.triggerId]);
  return row === undefined ? undefined : decode(row);
}

const COLUMNS: TriggerColumns = { disabled: "disabled", executionId: "execution_id", date: "date" };

export async function searchTriggers(
  reader: Reader,
  filter: TriggerFilter,
  page: PageRequest<TriggerSortKey, TriggerKey>,
): Promise<Page<TriggerRow>> {
  const selection = selectTriggers(POSTGRES, COLUMNS, filter, page.after);
  const { rows, total } = await reader.page<Body>("body", selection, triggerOrder(COLUMNS, page), page);
  return { rows: rows.map(decode), total };
}

export async function triggersOfFlow(reader: Reader, key: FlowKey): Promise<readonly TriggerRow[]> {
  const sql = "SELECT body FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? ORDER BY trigger_id";
  return (await reader.all<Body>(sql, [key.tenant, key.namespace, key.id])).map(decode);
}

/** In the order of the index, so that a page goes on where the one before it ended. */
export const TO_WAKE_SQL = `SELECT body FROM triggers WHERE wake_at IS NOT NULL AND wake_at <= ?
    AND (wake_at, tenant, namespace, flow_id, trigger_id) > (?, ?, ?, ?, ?)
  ORDER BY wake_at, tenant, namespace, flow_id, trigger_id LIMIT ?`;

export async function triggersToWake(
  reader: Reader,
  { after, until }: WakeRange,
  limit: number,
  behind?: TriggerRow,
): Promise<readonly TriggerRow[]> {
  // No key is empty, so everything of the next millisecond is behind empty ones.
  const { wakeAt = after + 1, tenant = "", namespace = "", flowId = "", triggerId = "" } = behind ?? {};
  const values = [until, wakeAt, tenant, namespace, flowId, triggerId, limit];
  return (await reader.all<Body>(TO_WAKE_SQL, values)).map(decode);
}

export const NEXT_WAKE_SQL = `SELECT min(wake_at) AS earliest FROM triggers WHERE wake_at IS NOT NULL AND wake_at > ?`;

export async function nextWake(reader: Reader, after: number): Promise<number | undefined> {
  return (await reader.get<{ earliest: number | null }>(NEXT_WAKE_SQL, [after]))?.earliest ?? undefined;
}

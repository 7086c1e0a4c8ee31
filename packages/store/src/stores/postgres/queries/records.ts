import { keyValueOrder, type KeyValueSortKey, selectKeyValues, UNEXPIRED } from "../../../sql/key-value-filter.ts";
import type {
  DocumentKey,
  DocumentRow,
  KeyValueFilter,
  KeyValueKey,
  KeyValueRow,
  MessageRow,
  Page,
  PageRequest,
  TimerRow,
} from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import type { Reader } from "../reader.ts";

interface Body {
  readonly body: string;
}
type StoredDocument = Omit<DocumentRow, "body"> & Body;
type StoredMessage = Omit<MessageRow, "body"> & Body;

/** Greater than any text that starts with what stands before it. */
const LAST_CHARACTER = "\u{10FFFF}";

export async function getKeyValue(reader: Reader, key: KeyValueKey, now: number): Promise<KeyValueRow | undefined> {
  const sql = `SELECT body FROM key_values WHERE tenant = ? AND namespace = ? AND key = ? AND ${UNEXPIRED}`;
  const row = await reader.get<Body>(sql, [key.tenant, key.namespace, key.key, now]);
  return row === undefined ? undefined : JSON.parse(row.body);
}

export async function listKeyValues(
  reader: Reader,
  tenant: string,
  namespace: string,
  now: number,
  prefix = "",
): Promise<readonly KeyValueRow[]> {
  const sql = `SELECT body FROM key_values WHERE tenant = ? AND namespace = ? AND key >= ? AND key < ? AND ${UNEXPIRED}
    ORDER BY key`;
  const rows = await reader.all<Body>(sql, [tenant, namespace, prefix, prefix + LAST_CHARACTER, now]);
  return rows.map((row): KeyValueRow => JSON.parse(row.body));
}

export async function searchKeyValues(
  reader: Reader,
  filter: KeyValueFilter,
  now: number,
  page: PageRequest<KeyValueSortKey>,
): Promise<Page<KeyValueRow>> {
  const selection = selectKeyValues(POSTGRES, "updated_at", filter, now);
  const { rows, total } = await reader.page<Body>("body", selection, keyValueOrder("updated_at", page), page);
  return { rows: rows.map((row): KeyValueRow => JSON.parse(row.body)), total };
}

export function allTimers(reader: Reader): Promise<readonly TimerRow[]> {
  return reader.all<TimerRow>(
    'SELECT tenant, execution_id AS "executionId", key, at FROM timers ORDER BY at, tenant, execution_id, key',
  );
}

export async function allMessages(reader: Reader): Promise<readonly MessageRow[]> {
  const sql = 'SELECT tenant, execution_id AS "executionId", id, body FROM messages ORDER BY sequence';
  return (await reader.all<StoredMessage>(sql)).map((row): MessageRow => ({ ...row, body: JSON.parse(row.body) }));
}

const DOCUMENT =
  'SELECT tenant, kind, id, updated_at AS "updatedAt", body FROM documents WHERE tenant = ? AND kind = ?';
const decode = (row: StoredDocument): DocumentRow => ({ ...row, body: JSON.parse(row.body) });

export async function getDocument(reader: Reader, key: DocumentKey): Promise<DocumentRow | undefined> {
  const row = await reader.get<StoredDocument>(`${DOCUMENT} AND id = ?`, [key.tenant, key.kind, key.id]);
  return row === undefined ? undefined : decode(row);
}

export async function listDocuments(reader: Reader, tenant: string, kind: string): Promise<readonly DocumentRow[]> {
  return (await reader.all<StoredDocument>(`${DOCUMENT} ORDER BY id`, [tenant, kind])).map(decode);
}

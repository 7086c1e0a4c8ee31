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
import { SQLITE } from "../dialect.ts";
import type { Database } from "../driver.ts";
import { readPage } from "./read-page.ts";

interface Body {
  readonly body: string;
}
type StoredDocument = Omit<DocumentRow, "body"> & Body;
type StoredMessage = Omit<MessageRow, "body"> & Body;

/** Greater than any text that starts with what stands before it. */
const LAST_CHARACTER = "\u{10FFFF}";

export function getKeyValue(database: Database, key: KeyValueKey, now: number): KeyValueRow | undefined {
  const sql = `SELECT body FROM key_values WHERE tenant = ? AND namespace = ? AND key = ? AND ${UNEXPIRED}`;
  const row = database.get<Body>(sql, [key.tenant, key.namespace, key.key, now]);
  return row === undefined ? undefined : JSON.parse(row.body);
}

export function listKeyValues(
  database: Database,
  tenant: string,
  namespace: string,
  now: number,
  prefix = "",
): readonly KeyValueRow[] {
  const sql = `SELECT body FROM key_values WHERE tenant = ? AND namespace = ? AND key >= ? AND key < ? AND ${UNEXPIRED}
    ORDER BY key`;
  const rows = database.all<Body>(sql, [tenant, namespace, prefix, prefix + LAST_CHARACTER, now]);
  return rows.map((row): KeyValueRow => JSON.parse(row.body));
}

const UPDATED_AT = "body ->> 'updatedAt'";

export function searchKeyValues(
  database: Database,
  filter: KeyValueFilter,
  now: number,
  page: PageRequest<KeyValueSortKey>,
): Page<KeyValueRow> {
  const selection = selectKeyValues(SQLITE, UPDATED_AT, filter, now);
  const stored = readPage<Body>(database, "body", selection, keyValueOrder(UPDATED_AT, page), page);
  return { rows: stored.rows.map((row): KeyValueRow => JSON.parse(row.body)), total: stored.total };
}

export function allTimers(database: Database): readonly TimerRow[] {
  const sql = "SELECT tenant, execution_id AS executionId, key, at FROM timers ORDER BY at, tenant, execution_id, key";
  return database.all<TimerRow>(sql).map((row) => ({ ...row }));
}

export function allMessages(database: Database): readonly MessageRow[] {
  const sql = "SELECT tenant, execution_id AS executionId, id, body FROM messages ORDER BY sequence";
  return database.all<StoredMessage>(sql).map((row): MessageRow => ({ ...row, body: JSON.parse(row.body) }));
}

const DOCUMENT = "tenant, kind, id, updated_at AS updatedAt, body";
const decode = (row: StoredDocument): DocumentRow => ({ ...row, body: JSON.parse(row.body) });

export function getDocument(database: Database, key: DocumentKey): DocumentRow | undefined {
  const sql = `SELECT ${DOCUMENT} FROM documents WHERE tenant = ? AND kind = ? AND id = ?`;
  const row = database.get<StoredDocument>(sql, [key.tenant, key.kind, key.id]);
  return row === undefined ? undefined : decode(row);
}

export function listDocuments(database: Database, tenant: string, kind: string): readonly DocumentRow[] {
  const sql = `SELECT ${DOCUMENT} FROM documents WHERE tenant = ? AND kind = ? ORDER BY id`;
  return database.all<StoredDocument>(sql, [tenant, kind]).map(decode);
}

import { keyValueOrder, type KeyValueSortKey, selectKeyValues } from "../../../sql/key-value-filter.ts";
import { EXPIRING_IDEMPOTENCY_KEYS, GET_IDEMPOTENCY_KEY, idempotencyKeyOf } from "../../../sql/idempotency-keys.ts";
import {
  ADDED_STARTS,
  addedStartOf,
  ALL_MESSAGES,
  ALL_TIMERS,
  type Body,
  documentOf,
  GET_DOCUMENT,
  GET_KEY_VALUE,
  keyValueOf,
  DOCUMENTS_OF_KIND,
  LIST_DOCUMENTS,
  LIST_KEY_VALUES,
  messageOf,
  prefixBounds,
  type StoredDocument,
  type StoredMessage,
  type StoredStart,
} from "../../../sql/record-queries.ts";
import type {
  AddedStartRow,
  DocumentKey,
  DocumentRow,
  ExecutionKey,
  IdempotencyKey,
  IdempotencyKeyRow,
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

export function getKeyValue(database: Database, key: KeyValueKey, now: number): KeyValueRow | undefined {
  const row = database.get<Body>(GET_KEY_VALUE, [key.tenant, key.namespace, key.key, now]);
  return row === undefined ? undefined : keyValueOf(row);
}

export function listKeyValues(
  database: Database,
  tenant: string,
  namespace: string,
  now: number,
  prefix = "",
): readonly KeyValueRow[] {
  return database.all<Body>(LIST_KEY_VALUES, [tenant, namespace, ...prefixBounds(prefix), now]).map(keyValueOf);
}

const UPDATED_AT = "body ->> 'updatedAt'";

export function searchKeyValues(
  database: Database,
  filter: KeyValueFilter,
  now: number,
  page: PageRequest<KeyValueSortKey>,
): Page<KeyValueRow> {
  const selection = selectKeyValues(SQLITE, UPDATED_AT, filter, now);
  const { rows, total } = readPage<Body>(database, "body", selection, keyValueOrder(UPDATED_AT, page), page);
  return { rows: rows.map(keyValueOf), total };
}

export function allTimers(database: Database): readonly TimerRow[] {
  return database.all<TimerRow>(ALL_TIMERS).map((row) => ({ ...row }));
}

export function allMessages(database: Database): readonly MessageRow[] {
  return database.all<StoredMessage>(ALL_MESSAGES).map(messageOf);
}

export function addedStarts(database: Database, keys: readonly ExecutionKey[]): readonly AddedStartRow[] {
  return keys.flatMap(({ tenant, id }) => database.all<StoredStart>(ADDED_STARTS, [tenant, id]).map(addedStartOf));
}

export function getDocument(database: Database, key: DocumentKey): DocumentRow | undefined {
  const row = database.get<StoredDocument>(GET_DOCUMENT, [key.tenant, key.kind, key.id]);
  return row === undefined ? undefined : documentOf(row);
}

export function listDocuments(database: Database, tenant: string, kind: string): readonly DocumentRow[] {
  return database.all<StoredDocument>(LIST_DOCUMENTS, [tenant, kind]).map(documentOf);
}

export function documentsOfKind(database: Database, kind: string): readonly DocumentRow[] {
  return database.all<StoredDocument>(DOCUMENTS_OF_KIND, [kind]).map(documentOf);
}

export function getIdempotencyKey(database: Database, { tenant, id }: IdempotencyKey): IdempotencyKeyRow | undefined {
  const row = database.get<Body>(GET_IDEMPOTENCY_KEY, [tenant, id]);
  return row === undefined ? undefined : idempotencyKeyOf(row);
}

export function expiringIdempotencyKeys(database: Database, limit: number): readonly IdempotencyKeyRow[] {
  return database.all<Body>(EXPIRING_IDEMPOTENCY_KEYS, [limit]).map(idempotencyKeyOf);
}

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
import { POSTGRES } from "../dialect.ts";
import type { Reader } from "../reader.ts";

export async function getKeyValue(reader: Reader, key: KeyValueKey, now: number): Promise<KeyValueRow | undefined> {
  const row = await reader.get<Body>(GET_KEY_VALUE, [key.tenant, key.namespace, key.key, now]);
  return row === undefined ? undefined : keyValueOf(row);
}

export async function listKeyValues(
  reader: Reader,
  tenant: string,
  namespace: string,
  now: number,
  prefix = "",
): Promise<readonly KeyValueRow[]> {
  const values = [tenant, namespace, ...prefixBounds(prefix), now];
  return (await reader.all<Body>(LIST_KEY_VALUES, values)).map(keyValueOf);
}

export async function searchKeyValues(
  reader: Reader,
  filter: KeyValueFilter,
  now: number,
  page: PageRequest<KeyValueSortKey>,
): Promise<Page<KeyValueRow>> {
  const selection = selectKeyValues(POSTGRES, "updated_at", filter, now);
  const { rows, total } = await reader.page<Body>("body", selection, keyValueOrder("updated_at", page), page);
  return { rows: rows.map(keyValueOf), total };
}

export function allTimers(reader: Reader): Promise<readonly TimerRow[]> {
  return reader.all<TimerRow>(ALL_TIMERS);
}

export async function allMessages(reader: Reader): Promise<readonly MessageRow[]> {
  return (await reader.all<StoredMessage>(ALL_MESSAGES)).map(messageOf);
}

export async function addedStarts(reader: Reader, keys: readonly ExecutionKey[]): Promise<readonly AddedStartRow[]> {
  const found = await Promise.all(keys.map(({ tenant, id }) => reader.all<StoredStart>(ADDED_STARTS, [tenant, id])));
  return found.flat().map(addedStartOf);
}

export async function getDocument(reader: Reader, key: DocumentKey): Promise<DocumentRow | undefined> {
  const row = await reader.get<StoredDocument>(GET_DOCUMENT, [key.tenant, key.kind, key.id]);
  return row === undefined ? undefined : documentOf(row);
}

export async function listDocuments(reader: Reader, tenant: string, kind: string): Promise<readonly DocumentRow[]> {
  return (await reader.all<StoredDocument>(LIST_DOCUMENTS, [tenant, kind])).map(documentOf);
}

export async function documentsOfKind(reader: Reader, kind: string): Promise<readonly DocumentRow[]> {
  return (await reader.all<StoredDocument>(DOCUMENTS_OF_KIND, [kind])).map(documentOf);
}

export async function getIdempotencyKey(
  reader: Reader,
  { tenant, id }: IdempotencyKey,
): Promise<IdempotencyKeyRow | undefined> {
  const row = await reader.get<Body>(GET_IDEMPOTENCY_KEY, [tenant, id]);
  return row === undefined ? undefined : idempotencyKeyOf(row);
}

export async function expiringIdempotencyKeys(reader: Reader, limit: number): Promise<readonly IdempotencyKeyRow[]> {
  return (await reader.all<Body>(EXPIRING_IDEMPOTENCY_KEYS, [limit])).map(idempotencyKeyOf);
}

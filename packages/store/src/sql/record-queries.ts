/** Queries of what is read by its key or as a whole, and rows from what they answer. */
import type { AddedStartRow, DocumentRow, KeyValueRow, MessageRow } from "../store.ts";
import { UNEXPIRED } from "./key-value-filter.ts";

export interface Body {
  readonly body: string;
}
export type StoredDocument = Omit<DocumentRow, "body"> & Body;
export type StoredStart = Omit<AddedStartRow, "item"> & Body;
export type StoredMessage = Omit<MessageRow, "body"> & Body;

/** Takes the tenant, the namespace, the key and the time. */
export const GET_KEY_VALUE = `SELECT body FROM key_values WHERE tenant = ? AND namespace = ? AND key = ? AND ${UNEXPIRED}`;
/** Takes the tenant, the namespace, the bounds of the keys and the time. */
export const LIST_KEY_VALUES = `SELECT body FROM key_values
  WHERE tenant = ? AND namespace = ? AND key >= ? AND key < ? AND ${UNEXPIRED} ORDER BY key`;
export const ALL_TIMERS =
  'SELECT tenant, execution_id AS "executionId", key, at FROM timers ORDER BY at, tenant, execution_id, key';
export const ALL_MESSAGES = 'SELECT tenant, execution_id AS "executionId", id, body FROM messages ORDER BY sequence';
/** Takes the tenant and the id of one execution. */
export const ADDED_STARTS = `SELECT tenant, execution_id AS "executionId", number, body FROM added_starts
  WHERE tenant = ? AND execution_id = ? ORDER BY number`;

const DOCUMENTS = 'SELECT tenant, kind, id, updated_at AS "updatedAt", body FROM documents';
export const GET_DOCUMENT = `${DOCUMENTS} WHERE tenant = ? AND kind = ? AND id = ?`;
export const LIST_DOCUMENTS = `${DOCUMENTS} WHERE tenant = ? AND kind = ? ORDER BY id`;
export const DOCUMENTS_OF_KIND = `${DOCUMENTS} WHERE kind = ? ORDER BY tenant, id`;

/** Greater than any text that starts with what stands before it. */
const LAST_CHARACTER = "\u{10FFFF}";

/** The bounds of texts that begin with a prefix: from the first, below the second. */
export function prefixBounds(prefix: string): readonly [string, string] {
  return [prefix, prefix + LAST_CHARACTER];
}

export function keyValueOf({ body }: Body): KeyValueRow {
  return JSON.parse(body);
}

export function messageOf(row: StoredMessage): MessageRow {
  return { ...row, body: JSON.parse(row.body) };
}

export function addedStartOf({ body, ...key }: StoredStart): AddedStartRow {
  return { ...key, item: JSON.parse(body) };
}

export function documentOf(row: StoredDocument): DocumentRow {
  return { ...row, body: JSON.parse(row.body) };
}

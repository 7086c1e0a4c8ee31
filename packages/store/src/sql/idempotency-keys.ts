/** Statements about idempotency keys, and rows from what they answer. */
import type { IdempotencyKeyRow } from "../store.ts";
import type { Body } from "./record-queries.ts";

/**
 * What happens where a key is there: one whose time is over gives way, and the same row again changes nothing. Otherwise the body
 * becomes NULL, which it may not be: that refuses the unit.
 */
export const KEEP_IDEMPOTENCY_KEY = `DO UPDATE SET created_at = excluded.created_at, expires_at = excluded.expires_at,
    body = CASE WHEN idempotency_keys.expires_at <= excluded.created_at OR idempotency_keys.body = excluded.body
      THEN excluded.body END`;

/** Takes the tenant and the id. */
export const GET_IDEMPOTENCY_KEY = "SELECT body FROM idempotency_keys WHERE tenant = ? AND id = ?";
/** Takes how many. */
export const EXPIRING_IDEMPOTENCY_KEYS = "SELECT body FROM idempotency_keys ORDER BY expires_at, tenant, id LIMIT ?";

export function idempotencyKeyOf({ body }: Body): IdempotencyKeyRow {
  return JSON.parse(body);
}

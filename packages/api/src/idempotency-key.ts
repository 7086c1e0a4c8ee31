/** The header by which a request that creates something is known when it is sent again. */
export const IDEMPOTENCY_KEY_HEADER = "idempotency-key";
/** Says of an answer that it is one to an earlier request with the same key. */
export const REPLAYED_HEADER = "idempotent-replayed";
/** Longest key, in characters. */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_CHARACTERS = 22;

/**
 * An id of 22 base-62 characters in the shape Kestra uses: 48 bits of time in milliseconds, then 80 other bits, so
 * that ids sort by the time they were made and neighbours share pages of the store.
 */
export function idOf(timeMs: number, high: number, low: bigint): string {
  let value = (BigInt(timeMs) << 80n) | (BigInt(high) << 64n) | low;
  let text = "";
  for (let position = 0; position < ID_CHARACTERS; position += 1) {
    text = ALPHABET[Number(value % 62n)] + text;
    value /= 62n;
  }
  return text;
}

/** The id of a child execution: always the same for one attempt of one task run (and one batch of it). */
export function childId(parentId: string, run: number, iteration: number, attempt: number, timeMs: number): string {
  const seed = `${parentId}/${run}/${iteration}/${attempt}`;
  const high = fnv1a(seed, 0xcbf29ce484222325n);
  return idOf(timeMs, Number(high & 0xffffn), fnv1a(seed, high));
}

/** 64-bit FNV-1a. */
function fnv1a(text: string, offset: bigint): bigint {
  let hash = offset;
  for (let position = 0; position < text.length; position += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(position))) * 0x100000001b3n);
  }
  return hash;
}

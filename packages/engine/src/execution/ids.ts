import type { ExecutionRow } from "./execution.ts";

const ALPHABET = Buffer.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "latin1");
/** Enough for 48 bits of time. */
const TIME_CHARACTERS = 9;
const HIGH_CHARACTERS = 7;
const LOW_CHARACTERS = 6;
/** `high` and `low` of an id are whole numbers below these. */
export const ID_HIGH_END = 62 ** HIGH_CHARACTERS;
export const ID_LOW_END = 62 ** LOW_CHARACTERS;

/**
 * An id of 22 base-62 characters in the shape Kestra uses: the time in milliseconds, then 77 other bits, so that ids sort by
 * the time they were made and neighbours share pages of the store.
 */
export function idOf(timeMs: number, high: number, low: number): string {
  writeBase62(timeMs, 0, TIME_CHARACTERS);
  writeBase62(high, TIME_CHARACTERS, HIGH_CHARACTERS);
  writeBase62(low, TIME_CHARACTERS + HIGH_CHARACTERS, LOW_CHARACTERS);
  return String.fromCharCode(...characters);
}

/** The id of a child execution: always the same for one attempt of one task run (and one batch of it). */
export function childId(parentId: string, run: number, iteration: number, attempt: number, timeMs: number): string {
  return seededId(`${parentId}/${run}/${iteration}/${attempt}`, timeMs);
}

/** An id that follows from what it is made for: always the same for the same seed and time. */
export function seededId(seed: string, timeMs: number): string {
  const high = fnv1a(seed, 0xcbf29ce484222325n);
  const low = fnv1a(seed, high);
  return idOf(timeMs, Number(high % BigInt(ID_HIGH_END)), Number(low % BigInt(ID_LOW_END)));
}

/** The id of the execution that retries one that ended RETRIED: always the same, so that it can be found from there. */
export function retryId({ id, history }: Pick<ExecutionRow, "id" | "history">): string {
  return seededId(`${id}/retry`, history.at(-1)!.date);
}

/** Reused: five ids are made for a small execution. */
const characters: number[] = Array.from({ length: TIME_CHARACTERS + HIGH_CHARACTERS + LOW_CHARACTERS }, () => 0);

function writeBase62(value: number, start: number, length: number): void {
  for (let position = start + length - 1; position >= start; position -= 1) {
    const rest = Math.floor(value / 62);
    characters[position] = ALPHABET[value - rest * 62]!;
    value = rest;
  }
}

/** 64-bit FNV-1a. */
function fnv1a(text: string, offset: bigint): bigint {
  let hash = offset;
  for (let position = 0; position < text.length; position += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(position))) * 0x100000001b3n);
  }
  return hash;
}

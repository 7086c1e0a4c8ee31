/**
 * Ids of executions begin with the time they were made: milliseconds as nine characters of base 62, whose order as bytes is that
 * of the times. Two characters `0` begin them until the year 2081.
 */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TIME_CHARACTERS = 9;
const ID = /^00[0-9A-Za-z]{20}$/;

/** No id that begins with a time is as great; those that say no time mostly are. */
export const ID_TIMES_END = "01";

/** The least id of a time, in epoch milliseconds; a time before 1970 counts as 1970, one after 2081 as the end of ids. */
export function leastIdAt(timeMs: number): string {
  if (timeMs >= 62 ** (TIME_CHARACTERS - 2)) return ID_TIMES_END;
  let text = "";
  let rest = Math.max(0, Math.floor(timeMs));
  for (let count = 0; count < TIME_CHARACTERS; count += 1) {
    text = ALPHABET[rest % 62]! + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The time in an id, in epoch milliseconds; undefined for an id of another kind. */
export function timeOfId(id: string): number | undefined {
  return ID.test(id) ? timeOfPrefix(id) : undefined;
}

/** The time that the first characters of an id say, or a text of them alone. */
export function timeOfPrefix(text: string): number {
  let time = 0;
  for (let position = 0; position < TIME_CHARACTERS; position += 1) {
    time = time * 62 + ALPHABET.indexOf(text[position]!);
  }
  return time;
}

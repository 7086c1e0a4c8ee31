import type { ScalarNode } from "./source-node.ts";

/** Answers where a character of a scalar's value stands in the source. */
export type Locate = (valueOffset: number) => number;

/** Places that are remembered on the way, so that many questions about one long text cost one walk. */
const STEPS_BETWEEN_PLACES = 256;

/**
 * Finds characters of a scalar's value in the source: undoes indentation, folding, quotes and escapes by walking value
 * and source side by side. Exact for visible characters; white space inside folded text is placed at the next word.
 */
export function locatorOf(source: string, scalar: ScalarNode): Locate {
  const places: Place[] = [{ at: contentStart(source, scalar), index: 0 }];
  return (valueOffset) => {
    let low = 0;
    let high = places.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (places[middle]!.index < valueOffset) low = middle;
      else high = middle - 1;
    }
    return walk(source, scalar, valueOffset, places, low);
  };
}

/** Character `index` of the value is the next to be found at `at`, or behind it. */
interface Place {
  readonly at: number;
  readonly index: number;
}

function walk(source: string, scalar: ScalarNode, valueOffset: number, places: Place[], from: number): number {
  const value = String(scalar.value);
  const last = places.at(-1)!;
  let { at, index } = places[from]!;
  let steps = 0;
  while (at < scalar.end) {
    steps += 1;
    if (steps % STEPS_BETWEEN_PLACES === 0 && index < valueOffset && at > last.at) places.push({ at, index });
    const written = source[at]!;
    const wanted = value[index];
    if (index >= valueOffset && written !== "\n" && written !== "\r" && !(isBlank(written) && written !== wanted))
      break;
    if (written === "\n" || written === "\r") {
      at = skipBlank(source, at);
      if (wanted !== undefined && isBlank(wanted)) index += 1;
    } else if (scalar.style === "double" && written === "\\") {
      const escape = escapeAt(source, at);
      at += escape.length;
      index += escape.produced;
    } else if (scalar.style === "single" && written === "'" && source[at + 1] === "'") {
      at += 2;
      index += 1;
    } else if (written === wanted) {
      at += 1;
      index += 1;
    } else if (wanted !== undefined && isBlank(wanted)) index += 1;
    else at += 1;
  }
  return Math.min(at, scalar.end);
}

function contentStart(source: string, { start, style }: ScalarNode): number {
  if (style === "single" || style === "double") return start + 1;
  if (style === "plain") return start;
  const header = source.indexOf("\n", start);
  return header === -1 ? start : skipBlank(source, header);
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

function skipBlank(source: string, from: number): number {
  let at = from;
  while (at < source.length && isBlank(source[at]!)) at += 1;
  return at;
}

const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function escapeAt(source: string, at: number): { length: number; produced: number } {
  const letter = source[at + 1] ?? "";
  if (letter === "\n" || letter === "\r") return { length: skipBlank(source, at + 1) - at, produced: 0 };
  const digits = ESCAPE_DIGITS[letter] ?? 0;
  const code = digits === 0 ? 0 : Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
  return { length: 2 + digits, produced: code > 0xffff ? 2 : 1 };
}

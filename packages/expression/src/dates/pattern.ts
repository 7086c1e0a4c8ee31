import { ExpressionError } from "../errors.ts";
import { DATA_DEPTH_MAX } from "../limits.ts";

/** A piece of a Java date pattern. */
export type PatternElement =
  | { readonly kind: "literal"; readonly text: string }
  /** `pad` is the width that spaces before it fill, of the letters `p` in front. */
  | { readonly kind: "field"; readonly letter: string; readonly count: number; readonly pad?: number }
  /** `[…]`: printed always, optional when read. */
  | { readonly kind: "optional"; readonly elements: readonly PatternElement[] };

/** How often each letter may stand in a row; `p` is no field but pads the one behind it. */
const COUNTS: Readonly<Record<string, (count: number) => boolean>> = {
  ...limits("uyYgAnNp", Number.POSITIVE_INFINITY),
  ...limits("S", 9),
  ...limits("GMLQqEeXxZ", 5),
  ...limits("z", 4),
  ...limits("D", 3),
  ...limits("dhHkKmsw", 2),
  ...limits("aFW", 1),
  c: (count) => count <= 5 && count !== 2,
  V: (count) => count === 2,
  v: (count) => count === 1 || count === 4,
  O: (count) => count === 1 || count === 4,
  B: (count) => count === 1 || count === 4 || count === 5,
};

function limits(letters: string, max: number): Record<string, (count: number) => boolean> {
  return Object.fromEntries(letters.split("").map((letter) => [letter, (count: number) => count <= max]));
}

/** Reads a pattern such as `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`. Throws an ARGUMENT error for letters it doesn't know. */
export function parsePattern(pattern: string): readonly PatternElement[] {
  const root: PatternElement[] = [];
  const stack: PatternElement[][] = [root];
  let index = 0;
  while (index < pattern.length) {
    const character = pattern[index]!;
    const elements = stack.at(-1)!;
    if (character === "'") {
      const end = closingQuote(pattern, index);
      const text = end === index + 1 ? "'" : pattern.slice(index + 1, end).replaceAll("''", "'");
      elements.push({ kind: "literal", text });
      index = end + 1;
    } else if (character === "[") {
      if (stack.length > DATA_DEPTH_MAX) throw patternError(pattern, 'too many "["');
      const inner: PatternElement[] = [];
      elements.push({ kind: "optional", elements: inner });
      stack.push(inner);
      index += 1;
    } else if (character === "]") {
      if (stack.length === 1) throw patternError(pattern, '"]" without "["');
      stack.pop();
      index += 1;
    } else if (/[A-Za-z]/u.test(character)) {
      const letters = lettersAt(pattern, index);
      const pad = character === "p" ? letters : "";
      const field = pad === "" ? letters : lettersAt(pattern, index + pad.length);
      if (field === "") throw patternError(pattern, 'behind "p" there is nothing to pad');
      const padding = pad === "" ? {} : { pad: pad.length };
      elements.push({ kind: "field", letter: field[0]!, count: field.length, ...padding });
      index += pad.length + field.length;
    } else {
      if ("{}#".includes(character)) throw patternError(pattern, `reserved character "${character}"`);
      elements.push({ kind: "literal", text: character });
      index += 1;
    }
  }
  return root;
}

/** The run of one letter at a place, empty when there is none. Throws when it means nothing. */
function lettersAt(pattern: string, start: number): string {
  const letters = /^([A-Za-z])\1*/u.exec(pattern.slice(start))?.[0] ?? "";
  if (letters === "") return "";
  const letter = letters[0]!;
  const allows = COUNTS[letter];
  if (allows === undefined) throw patternError(pattern, `unknown letter "${letter}"`);
  if (!allows(letters.length)) throw patternError(pattern, `"${letter}" can't stand ${letters.length} times in a row`);
  return letters;
}

function closingQuote(pattern: string, start: number): number {
  if (pattern[start + 1] === "'") return start + 1;
  for (let index = start + 1; index < pattern.length; index += 1) {
    if (pattern[index] !== "'") continue;
    if (pattern[index + 1] !== "'") return index;
    index += 1;
  }
  throw patternError(pattern, "a quote is never closed");
}

function patternError(pattern: string, reason: string): ExpressionError {
  return new ExpressionError("ARGUMENT", `The date pattern "${pattern}" can't be read: ${reason}`, {
    hint: "Patterns are Java's, such as yyyy-MM-dd HH:mm:ss; put letters of text between single quotes.",
  });
}

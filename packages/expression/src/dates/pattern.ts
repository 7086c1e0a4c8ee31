import { ExpressionError } from "../errors.ts";
import { DATA_DEPTH_MAX } from "../limits.ts";

/** A piece of a Java date pattern. */
export type PatternElement =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string; readonly count: number }
  /** `[…]`: printed always, optional when read. */
  | { readonly kind: "optional"; readonly elements: readonly PatternElement[] };

const LETTERS = new Set("GuyDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZ");

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
      if (!LETTERS.has(character)) throw patternError(pattern, `unknown letter "${character}"`);
      let end = index;
      while (pattern[end] === character) end += 1;
      elements.push({ kind: "field", letter: character, count: end - index });
      index = end;
    } else {
      if ("{}#".includes(character)) throw patternError(pattern, `reserved character "${character}"`);
      elements.push({ kind: "literal", text: character });
      index += 1;
    }
  }
  return root;
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

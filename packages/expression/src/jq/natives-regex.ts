import { ExpressionError } from "../errors.ts";
import { javaRegex } from "../formats/java-regex.ts";
import { mapOf } from "../values/maps.ts";
import { type Cell, type Closure, computed, type JqContext, type Native, valuesOf } from "./environment.ts";
import { JqError } from "./errors.ts";
import { byValue } from "./natives-value.ts";
import { expectText, shown } from "./values.ts";

interface Capture {
  readonly offset: number;
  readonly length: number;
  readonly string: string | null;
  readonly name: string | null;
}

interface Match {
  readonly offset: number;
  readonly length: number;
  readonly string: string;
  readonly captures: readonly Capture[];
}

/** Functions of regular expressions. */
export const regexNatives: readonly (readonly [string, Native])[] = [
  ["test/1", byValue((input, pattern) => matchesOf(input, pattern, null, false).length > 0)],
  ["test/2", byValue((input, pattern, flags) => matchesOf(input, pattern, flags, false).length > 0)],
  ["match/1", matching],
  ["match/2", matching],
  ["split/2", byValue(splitByPattern)],
  ["sub/2", (input, given, context) => substitute(input, given, "", context)],
  ["sub/3", (input, given, context) => substitute(input, given, "", context)],
  ["gsub/2", (input, given, context) => substitute(input, given, "g", context)],
  ["gsub/3", (input, given, context) => substitute(input, given, "g", context)],
];

function* matching(input: Cell, [pattern, flags]: readonly Closure[], context: JqContext): Generator<Cell> {
  for (const expression of valuesOf(pattern!, input.value, context)) {
    for (const options of flags === undefined ? [null] : valuesOf(flags, input.value, context)) {
      for (const match of matchesOf(input.value, expression, options, false)) yield computed(match, input);
    }
  }
}

/** `pattern` may be a text, or an array of a text and flags. */
function matchesOf(input: unknown, pattern: unknown, flags: unknown, isGlobal: boolean): Match[] {
  if (typeof input !== "string") throw new JqError(`${shown(input)} cannot be matched, as it is not a string`);
  const [expression, options] = Array.isArray(pattern)
    ? [pattern[0] as unknown, pattern[1] as unknown]
    : [pattern, flags];
  const source = expectText(expression, "cannot be matched, as it is not a string");
  const letters = options === null || options === undefined ? "" : expectText(options, "is not a string");
  const unknown = /[^gimnpslx]/u.exec(letters)?.[0];
  if (unknown !== undefined) throw new JqError(`${letters} is not a valid modifier string`);
  const regex = compiled(source, letters);
  const names = groupNames(source);
  const found: Match[] = [];
  for (const match of input.matchAll(regex)) {
    if (letters.includes("n") && match[0] === "") continue;
    found.push(describeMatch(input, match, names));
    if (!isGlobal && !letters.includes("g")) break;
  }
  return found;
}

function compiled(source: string, letters: string): RegExp {
  const text = letters.includes("x")
    ? source.replaceAll(/\\[\s\S]|\s+|#[^\n]*/gu, (part) => (part[0] === "\\" ? part : ""))
    : source;
  const flags = `dg${letters.includes("i") ? "i" : ""}${/[sp]/u.test(letters) ? "s" : ""}`;
  try {
    return javaRegex(text, flags);
  } catch (error) {
    if (error instanceof ExpressionError) throw new JqError(`${source} (at offset 0) is not a valid regex`);
    throw error;
  }
}

/** The names of the groups in their order, null for those without one. */
function groupNames(source: string): (string | null)[] {
  const names: (string | null)[] = [];
  for (const match of source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?<([A-Za-z_]\w*)>|(?!\?))/gsu)) {
    if (match[0].startsWith("(")) names.push(match[1] ?? null);
  }
  return names;
}

function describeMatch(text: string, match: RegExpMatchArray, names: readonly (string | null)[]): Match {
  const offsetOf = (index: number): number => Array.from(text.slice(0, index)).length;
  const captures = match.slice(1).map((part: string | undefined, index): Capture => {
    const name = names[index] ?? null;
    const start = match.indices?.[index + 1]?.[0];
    if (part === undefined || start === undefined) return { offset: -1, length: 0, string: null, name };
    return { offset: offsetOf(start), length: Array.from(part).length, string: part, name };
  });
  return { offset: offsetOf(match.index ?? 0), length: Array.from(match[0]).length, string: match[0], captures };
}

function splitByPattern(input: unknown, pattern: unknown, flags: unknown): string[] {
  const matches = matchesOf(input, pattern, flags, true);
  const characters = Array.from(expectText(input, "cannot be split"));
  const pieces: string[] = [];
  let start = 0;
  for (const match of matches) {
    pieces.push(characters.slice(start, match.offset).join(""));
    start = match.offset + match.length;
  }
  return [...pieces, characters.slice(start).join("")];
}

function* substitute(input: Cell, given: readonly Closure[], mode: string, context: JqContext): Generator<Cell> {
  const [pattern, replacement, flags] = given;
  for (const expression of valuesOf(pattern!, input.value, context)) {
    for (const options of flags === undefined ? [""] : valuesOf(flags, input.value, context)) {
      const matches = matchesOf(
        input.value,
        expression,
        `${mode}${options === null ? "" : expectText(options, "is not a string")}`,
        false,
      );
      const characters = Array.from(expectText(input.value, "cannot be matched"));
      let results: { text: string; end: number }[] = [{ text: "", end: 0 }];
      for (const match of matches) {
        const named = match.captures.filter((capture) => capture.name !== null);
        const captures = mapOf(named.map((capture) => [capture.name!, capture.string]));
        const added = [...valuesOf(replacement!, captures, context)];
        context.spend(results.length * added.length);
        results = added.flatMap((value) =>
          results.map(({ text, end }) => ({
            text: `${text}${characters.slice(end, match.offset).join("")}${expectText(value, "cannot be added to a string")}`,
            end: match.offset + match.length,
          })),
        );
      }
      for (const { text, end } of results) yield computed(text + characters.slice(end).join(""), input);
    }
  }
}

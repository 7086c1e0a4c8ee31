import { ExpressionError } from "../errors.ts";
import { compileRegex, type Regex, type RegexMatch } from "../regex/regex.ts";
import { mapOf } from "../values/maps.ts";
import { type Cell, type Closure, computed, type JqContext, type Native, valuesOf } from "./environment.ts";
import { JqError } from "./errors.ts";
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

/** Functions of regular expressions. Offsets and lengths count code points. */
export const regexNatives: readonly (readonly [string, Native])[] = [
  ["test/1", testing],
  ["test/2", testing],
  ["match/1", matching],
  ["match/2", matching],
  ["split/2", splitting],
  ["sub/2", (input, given, context) => substitute(input, given, "", context)],
  ["sub/3", (input, given, context) => substitute(input, given, "", context)],
  ["gsub/2", (input, given, context) => substitute(input, given, "g", context)],
  ["gsub/3", (input, given, context) => substitute(input, given, "g", context)],
];

function* testing(input: Cell, given: readonly Closure[], context: JqContext): Generator<Cell> {
  for (const [pattern, flags] of patternsOf(input, given, context)) {
    yield computed(matchesOf(input.value, pattern, flags, false, context).length > 0, input);
  }
}

function* matching(input: Cell, given: readonly Closure[], context: JqContext): Generator<Cell> {
  for (const [pattern, flags] of patternsOf(input, given, context)) {
    for (const match of matchesOf(input.value, pattern, flags, false, context)) yield computed(match, input);
  }
}

function* splitting(input: Cell, given: readonly Closure[], context: JqContext): Generator<Cell> {
  for (const [pattern, flags] of patternsOf(input, given, context)) {
    yield computed(splitByPattern(input.value, matchesOf(input.value, pattern, flags, true, context)), input);
  }
}

function* patternsOf(
  input: Cell,
  [pattern, flags]: readonly Closure[],
  context: JqContext,
): Generator<[pattern: unknown, flags: unknown]> {
  for (const expression of valuesOf(pattern!, input.value, context)) {
    for (const options of flags === undefined ? [null] : valuesOf(flags, input.value, context)) {
      yield [expression, options];
    }
  }
}

/** `pattern` may be a text, or an array of a text and flags. */
function matchesOf(input: unknown, pattern: unknown, flags: unknown, isGlobal: boolean, context: JqContext): Match[] {
  if (typeof input !== "string") throw new JqError(`${shown(input)} cannot be matched, as it is not a string`);
  const [expression, options] = Array.isArray(pattern)
    ? [pattern[0] as unknown, pattern[1] as unknown]
    : [pattern, flags];
  const source = expectText(expression, "cannot be matched, as it is not a string");
  const letters = options === null || options === undefined ? "" : expectText(options, "is not a string");
  const unknown = /[^gimnpslx]/u.exec(letters)?.[0];
  if (unknown !== undefined) throw new JqError(`${letters} is not a valid modifier string`);
  const regex = compiled(source, letters);
  const describeMatch = matchDescriber(input, regex);
  const found: Match[] = [];
  for (const match of regex.matchAll(input, (steps) => context.spend(steps))) {
    if (letters.includes("n") && match.start === match.end) continue;
    context.spend(1);
    found.push(describeMatch(match));
    if (!isGlobal && !letters.includes("g")) break;
  }
  return found;
}

// `s` makes `^` and `$` match at the ends of the text only, which they do anyway; `p` lets `.` match line ends as well.
function compiled(source: string, letters: string): Regex {
  const flags = ["i", "x"].filter((flag) => letters.includes(flag)).join("") + (letters.includes("p") ? "s" : "");
  try {
    return compileRegex(source, flags);
  } catch (error) {
    if (error instanceof ExpressionError) throw new JqError(`${source} (at offset 0) is not a valid regex`);
    throw error;
  }
}

/** Describes the matches of one text from the left to the right. */
function matchDescriber(text: string, { groupNames }: Regex): (match: RegexMatch) => Match {
  const names = new Map(Array.from(groupNames, ([name, group]) => [group, name]));
  let counted = 0;
  let units = 0;
  const offsetOf = (unit: number): number => {
    if (unit < units) [counted, units] = [0, 0];
    counted += lengthOf(text.slice(units, unit));
    units = unit;
    return counted;
  };
  return (match) => {
    const whole = text.slice(match.start, match.end);
    const offset = offsetOf(match.start);
    const captures = match.groups.map((group, index): Capture => {
      const name = names.get(index + 1) ?? null;
      if (group === undefined) return { offset: -1, length: 0, string: null, name };
      const string = text.slice(group.start, group.end);
      const before = text.slice(Math.min(match.start, group.start), Math.max(match.start, group.start));
      const distance = group.start < match.start ? -lengthOf(before) : lengthOf(before);
      return { offset: offset + distance, length: lengthOf(string), string, name };
    });
    return { offset, length: lengthOf(whole), string: whole, captures };
  };
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function splitByPattern(input: unknown, matches: readonly Match[]): string[] {
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
  const [pattern, replacement, ...flags] = given;
  for (const [expression, options] of patternsOf(input, [pattern!, ...flags], context)) {
    const letters = `${mode}${options === null ? "" : expectText(options, "is not a string")}`;
    const matches = matchesOf(input.value, expression, letters, false, context);
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

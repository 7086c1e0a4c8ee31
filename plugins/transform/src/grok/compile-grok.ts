import { patternFinder, TaskFailure } from "@capstan/sdk";
import { STANDARD_PATTERNS } from "./standard-patterns.ts";

/** Patterns within each other. */
export const PATTERN_DEPTH_MAX = 50;
/** Characters of a pattern once all in it are written out. */
export const EXPANDED_CHARACTERS_MAX = 100_000;

export interface GrokOptions {
  /** Patterns by name, beside and before the standard ones. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Whether only what has a name of its own is captured; else all, by the names of their patterns. */
  readonly namedCapturesOnly: boolean;
}

/** What a pattern captures of a text by field; undefined where it doesn't match. Values that took no part are null. Throws `TaskFailure`. */
export type Grok = (text: string) => ReadonlyMap<string, unknown> | undefined;

interface Capture {
  readonly field: string;
  readonly type: string;
  /** The regular expression's own name for it, which may have letters and digits alone. */
  readonly group: string;
}

interface Expansion {
  readonly options: GrokOptions;
  readonly captures: Capture[];
  characters: number;
}

/** An escaped character, a reference such as `%{WORD:name:int}`, or the start of a named group. */
const PIECE = /\\.|%\{(?<name>\w+)(?::(?<field>[\w.@-]+))?(?::(?<type>\w+))?\}|\(\?<(?<group>[A-Za-z_][\w-]*)>/gsu;
const TYPES: Readonly<Record<string, (text: string) => unknown>> = {
  string: (text) => text,
  short: whole,
  int: whole,
  long: whole,
  float: number,
  double: number,
  boolean: (text) => text.toLowerCase() === "true",
  duration: (text) => text,
};

/** Reads a Grok pattern. It is matched in bounded time. Throws `TaskFailure` that says what is wrong with it. */
export function compileGrok(pattern: string, options: GrokOptions): Grok {
  const expansion: Expansion = { options, captures: [], characters: 0 };
  const expanded = expand(pattern, expansion, []);
  const { groupNames, find } = readable(pattern, expanded);
  const places = expansion.captures.map((capture) => ({ ...capture, index: groupNames.get(capture.group)! - 1 }));
  return (text) => {
    const match = findIn(find, text);
    if (match === undefined) return undefined;
    const fields = new Map<string, unknown>();
    for (const { field, type, index } of places) {
      const taken = match.groups[index];
      // A field that several parts of a pattern give has the value of the one that took part.
      if (taken !== undefined || !fields.has(field))
        fields.set(field, taken === undefined ? null : converted(taken, type, field));
    }
    return fields;
  };
}

function expand(pattern: string, expansion: Expansion, within: readonly string[]): string {
  const { options, captures } = expansion;
  if (within.length > PATTERN_DEPTH_MAX)
    throw new TaskFailure(
      `Grok patterns are nested more than ${PATTERN_DEPTH_MAX} levels deep: ${within.slice(0, 5).join(" > ")} > ….`,
    );
  const open = (field: string, type = "string") => {
    if (!Object.hasOwn(TYPES, type.toLowerCase()))
      throw new TaskFailure(
        `The Grok field ${field} has the type ${type}: ${Object.keys(TYPES).join(", ")} are those there are.`,
      );
    const group = `c${captures.length}`;
    captures.push({ field, type: type.toLowerCase(), group });
    return `(?<${group}>`;
  };
  const expanded = pattern.replaceAll(PIECE, (written: string, ...rest: unknown[]) => {
    const { name, field, type, group } = rest.at(-1) as Record<string, string | undefined>;
    if (group !== undefined) return open(group);
    if (name === undefined) return written;
    const start = field !== undefined || !options.namedCapturesOnly ? open(field ?? name, type) : "(?:";
    return `${start}${expand(definitionOf(name, options, within), expansion, [...within, name])})`;
  });
  expansion.characters += expanded.length;
  if (expansion.characters > EXPANDED_CHARACTERS_MAX)
    throw new TaskFailure(
      `The Grok pattern has more than ${EXPANDED_CHARACTERS_MAX} characters when all patterns in it are written out.`,
    );
  return expanded;
}

function definitionOf(name: string, { definitions }: GrokOptions, within: readonly string[]): string {
  if (within.includes(name))
    throw new TaskFailure(`The Grok pattern ${name} contains itself: ${[...within, name].join(" > ")}.`);
  if (Object.hasOwn(definitions, name)) return definitions[name]!;
  if (Object.hasOwn(STANDARD_PATTERNS, name)) return STANDARD_PATTERNS[name]!;
  throw new TaskFailure(
    `There is no Grok pattern ${name}. Define it in \`patternDefinitions\`, or in a file of \`patternsDir\`.`,
  );
}

function readable(pattern: string, expanded: string) {
  try {
    return patternFinder(expanded);
  } catch (error) {
    throw new TaskFailure(`The Grok pattern ${pattern} can't be read. ${(error as Error).message}.`, { cause: error });
  }
}

function findIn(find: ReturnType<typeof patternFinder>["find"], text: string) {
  try {
    return find(text);
  } catch (error) {
    throw new TaskFailure(`A Grok pattern takes too long on a text of ${text.length} characters. Make it simpler.`, {
      cause: error,
    });
  }
}

function converted(text: string, type: string, field: string): unknown {
  const value = TYPES[type]!(text);
  if (Number.isNaN(value))
    throw new TaskFailure(`The Grok field ${field} is ${JSON.stringify(text)}, which is no ${type}.`);
  return value;
}

function whole(text: string): number {
  return Math.trunc(number(text));
}

function number(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

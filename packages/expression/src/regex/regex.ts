import { ExpressionError } from "../errors.ts";
import { LIMITS, REGEX_STEPS_PER_STEP } from "../limits.ts";
import type { RegexNode } from "./ast.ts";
import { Matcher } from "./matcher.ts";
import { parseRegex } from "./parse.ts";
import { createProgram, type RegexProgram } from "./program.ts";
import { RegexSyntaxError } from "./regex-reader.ts";

/** Where a match begins and ends, in UTF-16 units. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** The groups from the first one on; those that took no part are undefined. */
  readonly groups: readonly ({ readonly start: number; readonly end: number } | undefined)[];
}

/** Is told of the work done, in evaluation steps, and may throw to end it. */
export type Spend = (steps: number) => void;

/** A Java regular expression. */
export interface Regex {
  /** Numbers of the named groups. */
  readonly groupNames: ReadonlyMap<string, number>;
  /** All matches from the left to the right, none within another. */
  matchAll(text: string, spend: Spend): Iterable<RegexMatch>;
  /** The first match; with `from`, the first one that begins there or behind it. */
  match(text: string, spend: Spend, from?: number): RegexMatch | undefined;
  /** Whether it matches the text from its beginning to its end. */
  matchesWhole(text: string, spend: Spend): boolean;
}

/**
 * Compiles a regular expression in Java's notation; `flags` are some of `imsx`. It is run by a matcher of our own, because
 * the platform's may take time exponential in the text, which nothing can interrupt. Throws an ARGUMENT error.
 */
export function compileRegex(pattern: string, flags = ""): Regex {
  const program = programOf(pattern, flags, false);
  let whole: RegexProgram | undefined;
  return {
    groupNames: program.groupNames,
    *matchAll(text, spend) {
      const matcher = new Matcher(program, text, charging(spend));
      for (let places = matcher.find(0); places !== undefined;) {
        const match = matchOf(places);
        yield match;
        const next = match.end > match.start ? match.end : behindCharacter(text, match.end);
        places = next > text.length ? undefined : matcher.find(next);
      }
    },
    match: (text, spend, from = 0) => {
      const places = new Matcher(program, text, charging(spend)).find(from);
      return places === undefined ? undefined : matchOf(places);
    },
    matchesWhole: (text, spend) => {
      whole ??= programOf(pattern, flags, true);
      return new Matcher(whole, text, charging(spend)).matchesAt(0);
    },
  };
}

/**
 * Whether a pattern matches a text from its beginning to its end. Throws an ARGUMENT error for a pattern that can't be read,
 * and a LIMIT error when it takes longer than an expression may.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  return compileRegex(pattern).matchesWhole(text, budgetOf(pattern));
}

/**
 * What finds the first match of a pattern in a text and answers what the group of that number took; undefined when there is no
 * match, or the group took no part in it. Throws the errors of `matchesPattern`, for each text anew.
 */
export function groupFinder(pattern: string, group: number): (text: string) => string | undefined {
  const { find } = patternFinder(pattern);
  return (text) => find(text)?.groups[group - 1];
}

/** What a pattern took from a text. */
export interface PatternMatch {
  /** In UTF-16 units. */
  readonly start: number;
  readonly text: string;
  /** What the groups took, from the first one on; undefined for those that took no part. */
  readonly groups: readonly (string | undefined)[];
}

export interface PatternFinder {
  /** Numbers of the named groups, from 1. */
  readonly groupNames: ReadonlyMap<string, number>;
  /** The first match that begins at `from` or behind it. Throws a LIMIT error as `matchesPattern` does. */
  readonly find: (text: string, from?: number) => PatternMatch | undefined;
}

/** What finds matches of a pattern; `flags` are some of `imsx`. Throws an ARGUMENT error for a pattern that can't be read. */
export function patternFinder(pattern: string, flags = ""): PatternFinder {
  const regex = compileRegex(pattern, flags);
  return {
    groupNames: regex.groupNames,
    find: (text, from) => {
      const match = regex.match(text, budgetOf(pattern), from);
      if (match === undefined) return undefined;
      const groups = match.groups.map((place) => place && text.slice(place.start, place.end));
      return { start: match.start, text: text.slice(match.start, match.end), groups };
    },
  };
}

/** Why a pattern can't be read, in a part of a sentence; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  try {
    createProgram(parseRegex(pattern, ""));
    return undefined;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    return error.message;
  }
}

/** Ends what takes longer on one text than an expression may. */
function budgetOf(pattern: string): Spend {
  let rest = LIMITS.steps;
  return (steps) => {
    rest -= steps;
    if (rest < 0) throw new ExpressionError("LIMIT", `The pattern "${pattern}" takes too long on this text`);
  };
}

function programOf(pattern: string, flags: string, isWhole: boolean): RegexProgram {
  try {
    const parsed = parseRegex(pattern, flags);
    const end: RegexNode = { kind: "assertion", assertion: "end" };
    const node: RegexNode = isWhole ? { kind: "sequence", parts: [parsed.node, end] } : parsed.node;
    return createProgram({ ...parsed, node });
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw new ExpressionError("ARGUMENT", `"${pattern}" is no regular expression: ${error.message}`, { cause: error });
  }
}

/** Turns steps of the matcher into evaluation steps, which cost more. */
function charging(spend: Spend): Spend {
  let rest = 0;
  return (steps) => {
    rest += steps;
    const whole = Math.floor(rest / REGEX_STEPS_PER_STEP);
    rest -= whole * REGEX_STEPS_PER_STEP;
    if (whole > 0) spend(whole);
  };
}

function matchOf(places: readonly number[]): RegexMatch {
  const groups = Array.from({ length: places.length / 2 - 1 }, (_, index) => {
    const start = places[2 * index + 2]!;
    const end = places[2 * index + 3]!;
    return start === -1 || end === -1 ? undefined : { start, end };
  });
  return { start: places[0]!, end: places[1]!, groups };
}

function behindCharacter(text: string, place: number): number {
  return place + ((text.codePointAt(place) ?? 0) > 0xffff ? 2 : 1);
}

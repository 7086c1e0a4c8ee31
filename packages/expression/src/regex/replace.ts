import { ExpressionError } from "../errors.ts";
import type { Regex, RegexMatch, Spend } from "./regex.ts";

type Part = string | { readonly group: number };

/** `String.replaceAll` of Java: `$1` and `${name}` in the replacement stand for groups, a backslash takes the meaning from what follows. */
export function replaceMatches(
  text: string,
  regex: Regex,
  replacement: string,
  spend: Spend,
  bounded: (text: string) => string,
): string {
  let parts: readonly Part[] | undefined;
  let result = "";
  let offset = 0;
  for (const match of regex.matchAll(text, spend)) {
    parts ??= readReplacement(replacement, regex, match.groups.length);
    result += text.slice(offset, match.start) + filledIn(parts, text, match);
    bounded(result);
    offset = match.end;
  }
  return bounded(result + text.slice(offset));
}

/** `String.split` of Java: empty pieces at the end are dropped, unless there is a limit; a positive one bounds the pieces. */
export function splitAtMatches(text: string, regex: Regex, limit: number, spend: Spend): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (const match of regex.matchAll(text, spend)) {
    if (limit > 0 && pieces.length === limit - 1) break;
    // Nothing found at the very beginning makes no piece.
    if (match.end === 0) continue;
    if (match.start === match.end && match.start === text.length) continue;
    pieces.push(text.slice(start, match.start));
    start = match.end;
  }
  const isWhole = pieces.length === 0;
  pieces.push(text.slice(start));
  if (limit === 0 && !isWhole) while (pieces.at(-1) === "") pieces.pop();
  return pieces;
}

function filledIn(parts: readonly Part[], text: string, { start, end, groups }: RegexMatch): string {
  let result = "";
  for (const part of parts) {
    if (typeof part === "string") {
      result += part;
    } else {
      const group = part.group === 0 ? { start, end } : groups[part.group - 1];
      if (group !== undefined) result += text.slice(group.start, group.end);
    }
  }
  return result;
}

function readReplacement(replacement: string, regex: Regex, groupCount: number): readonly Part[] {
  const parts: Part[] = [];
  for (let offset = 0; offset < replacement.length;) {
    const character = replacement[offset]!;
    if (character === "\\") {
      parts.push(replacement[offset + 1] ?? fail(replacement, "it ends with a backslash"));
      offset += 2;
    } else if (character === "$") {
      const reference = readReference(replacement, offset, regex, groupCount);
      parts.push({ group: reference.group });
      offset = reference.end;
    } else {
      const next = replacement.slice(offset).search(/[\\$]/u);
      const end = next === -1 ? replacement.length : offset + next;
      parts.push(replacement.slice(offset, end));
      offset = end;
    }
  }
  return parts;
}

// As many digits are read as still name a group: with one group, `$12` is the first group and a 2.
function readReference(
  replacement: string,
  offset: number,
  { groupNames }: Regex,
  groupCount: number,
): { group: number; end: number } {
  const written = /^\$(?:\{(\w+)\}|(\d+))/u.exec(replacement.slice(offset, offset + 64));
  if (written === null) return fail(replacement, "a `$` must be followed by the number or {name} of a group");
  const [whole, name, digits = ""] = written;
  if (name !== undefined) {
    const group = groupNames.get(name) ?? fail(replacement, `there is no group "${name}"`);
    return { group, end: offset + whole.length };
  }
  let length = 1;
  while (length < digits.length && Number(digits.slice(0, length + 1)) <= groupCount) length += 1;
  const group = Number(digits.slice(0, length));
  if (group > groupCount) fail(replacement, `there is no group ${group}`);
  return { group, end: offset + 1 + length };
}

function fail(replacement: string, reason: string): never {
  throw new ExpressionError("ARGUMENT", `The replacement "${replacement}" can't be used: ${reason}`, {
    hint: String.raw`Write \$ for a dollar and \\ for a backslash.`,
  });
}

import { LIMITS } from "../limits.ts";
import {
  anyOf,
  type CharacterSet,
  inEitherCase,
  intersection,
  not,
  range,
  single,
  tabled,
  union,
} from "./character-set.ts";
import { classEscape, readEscapedCode } from "./parse-escape.ts";
import type { RegexReader } from "./regex-reader.ts";

/** Reads a class such as `[a-z&&[^aeiou]]`; its opening bracket was read. */
export function readClass(reader: RegexReader, depth: number): CharacterSet {
  if (depth > LIMITS.depth) reader.fail(`classes are nested more than ${LIMITS.depth} levels deep`);
  const isNegated = reader.take("^");
  const operands: CharacterSet[] = [];
  let members: CharacterSet[] = [];
  for (let isFirst = true; ; isFirst = false) {
    reader.skipComments();
    if (reader.isAtEnd()) reader.fail('"[" is never closed');
    // A bracket that closes nothing yet stands for itself.
    if (!isFirst && reader.take("]")) break;
    if (reader.take("&&")) {
      operands.push(union(members));
      members = [];
    } else {
      members.push(readMember(reader, depth));
    }
  }
  if (members.length > 0) operands.push(union(members));
  const set = intersection(operands);
  // Case goes before negation: `(?i)[^a]` excludes both.
  const folded = reader.flags.i ? inEitherCase(set) : set;
  return tabled(isNegated ? not(folded) : folded);
}

function readMember(reader: RegexReader, depth: number): CharacterSet {
  const posix = reader.takeMatch(
    /\[:(\^?)(alpha|digit|alnum|upper|lower|punct|space|blank|xdigit|cntrl|graph|print|word):\]/uy,
  );
  if (posix !== undefined) return posixSet(posix[2]!, posix[1] === "^");
  if (reader.take("[")) return readClass(reader, depth + 1);
  const quoted = reader.takeQuoted();
  if (quoted !== undefined) return anyOf(quoted);
  const first = readCode(reader);
  if (typeof first === "function") return first;
  if (!isRange(reader)) return single(first);
  reader.take("-");
  const last = readCode(reader);
  if (typeof last === "function") return union([single(first), single(0x2d), last]);
  if (last < first) reader.fail("a range of characters runs backwards");
  return range(first, last);
}

function isRange(reader: RegexReader): boolean {
  return reader.isNext("-") && !reader.isNext("-]") && !reader.isNext("-[") && !reader.isNext("-&&");
}

function readCode(reader: RegexReader): number | CharacterSet {
  if (!reader.take("\\")) return reader.takeCode();
  return classEscape(reader) ?? (reader.take("b") ? 0x08 : readEscapedCode(reader));
}

// `[[:alpha:]]` is Oniguruma's way to write `\p{Alpha}`, which jq programs use.
function posixSet(name: string, isNegated: boolean): CharacterSet {
  const source = { alpha: "L", digit: "Nd", upper: "Lu", lower: "Ll", punct: "P", space: "White_Space" }[name];
  const pattern = new RegExp(source === undefined ? (ASCII_POSIX[name] ?? "[^]") : `\\p{${source}}`, "u");
  return (code) => pattern.test(String.fromCodePoint(code)) !== isNegated;
}

const ASCII_POSIX: Readonly<Record<string, string>> = {
  alnum: "[\\p{L}\\p{Nd}]",
  blank: "[ \\t]",
  xdigit: "[\\da-fA-F]",
  cntrl: "\\p{Cc}",
  graph: "[!-~]",
  print: "[ -~]",
  word: "[\\p{L}\\p{Nd}_]",
};

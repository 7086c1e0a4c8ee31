import { LIMITS } from "../limits.ts";
import type { Greed, ParsedRegex, RegexNode } from "./ast.ts";
import { anyCharacter, inEitherCase, notALineEnd, single, tabled } from "./character-set.ts";
import { readClass } from "./parse-class.ts";
import { classEscape, readEscapedCode } from "./parse-escape.ts";
import { RegexReader } from "./regex-reader.ts";

const NEW_LINE: RegexNode = { kind: "set", set: single(0x0a) };
const CARRIAGE_RETURN: RegexNode = { kind: "set", set: single(0x0d) };
const EMPTY: RegexNode = { kind: "sequence", parts: [] };

/** Reads a Java regular expression. Throws a `RegexSyntaxError`. */
export function parseRegex(pattern: string, flags: string): ParsedRegex {
  const reader = new RegexReader(pattern, flags);
  const node = readChoice(reader, 0);
  if (!reader.isAtEnd()) reader.fail('")" closes nothing');
  for (const group of reader.referenced) {
    if (group > reader.groupCount) reader.fail(`there is no group ${group}`);
  }
  return {
    node,
    groupCount: reader.groupCount,
    groupNames: reader.groupNames,
    hasBackreferences: reader.referenced.size > 0,
  };
}

function readChoice(reader: RegexReader, depth: number): RegexNode {
  if (depth > LIMITS.depth) reader.fail(`groups are nested more than ${LIMITS.depth} levels deep`);
  const branches = [readSequence(reader, depth)];
  while (reader.take("|")) branches.push(readSequence(reader, depth));
  return branches.length === 1 ? branches[0]! : { kind: "choice", branches };
}

function readSequence(reader: RegexReader, depth: number): RegexNode {
  const parts: RegexNode[] = [];
  for (;;) {
    reader.skipComments();
    if (reader.isAtEnd() || reader.isNext("|") || reader.isNext(")")) break;
    const quoted = reader.takeQuoted();
    if (quoted === undefined) {
      parts.push(readRepeated(reader, readAtom(reader, depth)));
    } else {
      const codes = Array.from(quoted, (character) => literal(character.codePointAt(0)!, reader));
      const last = codes.pop();
      parts.push(...codes, ...(last === undefined ? [] : [readRepeated(reader, last)]));
    }
  }
  return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
}

function readRepeated(reader: RegexReader, atom: RegexNode): RegexNode {
  let node = atom;
  for (let count = 0; ; count += 1) {
    reader.skipComments();
    const bounds = readBounds(reader);
    if (bounds === undefined) return node;
    if (count > LIMITS.depth) reader.fail(`more than ${LIMITS.depth} repetitions follow each other`);
    const greed: Greed = reader.take("?") ? "lazy" : reader.take("+") ? "possessive" : "greedy";
    node = { kind: "repeat", body: node, ...bounds, greed };
  }
}

function readBounds(reader: RegexReader): { min: number; max: number } | undefined {
  if (reader.take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (reader.take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (reader.take("?")) return { min: 0, max: 1 };
  const written = reader.takeMatch(/\{(\d+)(?:(,)(\d*))?\}/uy);
  if (written === undefined) return undefined;
  const [, least = "", comma, most] = written;
  const min = Number(least);
  const max = comma === undefined ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most);
  if (max < min) reader.fail(`a repetition can't have at least ${min} and at most ${max} rounds`);
  return { min, max };
}

function readAtom(reader: RegexReader, depth: number): RegexNode {
  if (reader.take("(")) return readGroup(reader, depth);
  if (reader.take("[")) return set(reader, readClass(reader, depth));
  if (reader.take(".")) return { kind: "set", set: reader.flags.s ? anyCharacter : notALineEnd };
  if (reader.take("^")) return { kind: "assertion", assertion: reader.flags.m ? "line-start" : "start" };
  if (reader.take("$")) return { kind: "assertion", assertion: reader.flags.m ? "line-end" : "end-or-last-line" };
  if (reader.take("\\")) return readEscape(reader);
  if (reader.isNext("*") || reader.isNext("+") || reader.isNext("?")) reader.fail("there is nothing to repeat");
  return literal(reader.takeCode(), reader);
}

function readEscape(reader: RegexReader): RegexNode {
  const known = classEscape(reader);
  if (known !== undefined) return { kind: "set", set: known };
  const simple = reader.takeMatch(/[AzZbBGR]/uy)?.[0];
  switch (simple) {
    case "A":
    case "G":
      return { kind: "assertion", assertion: "start" };
    case "z":
      return { kind: "assertion", assertion: "end" };
    case "Z":
      return { kind: "assertion", assertion: "end-or-last-line" };
    case "b":
      return { kind: "assertion", assertion: "word-boundary" };
    case "B":
      return { kind: "assertion", assertion: "no-word-boundary" };
    case "R": {
      const pair: RegexNode = { kind: "sequence", parts: [CARRIAGE_RETURN, NEW_LINE] };
      return { kind: "atomic", body: { kind: "choice", branches: [pair, { kind: "set", set: reader.lineBreaks }] } };
    }
    default:
      return readBackreference(reader) ?? literal(readEscapedCode(reader), reader);
  }
}

function readBackreference(reader: RegexReader): RegexNode | undefined {
  const number = reader.takeMatch(/[1-9]\d?/uy)?.[0];
  const name = number === undefined ? reader.takeMatch(/k<([A-Za-z]\w*)>/uy)?.[1] : undefined;
  if (number === undefined && name === undefined) return undefined;
  const group = name === undefined ? Number(number) : reader.groupNames.get(name);
  if (group === undefined) return reader.fail(`there is no group "${name}" before it`);
  reader.referenced.add(group);
  return { kind: "backreference", group, ignoresCase: reader.flags.i };
}

function readGroup(reader: RegexReader, depth: number): RegexNode {
  const { flags } = reader;
  const close = <Node extends RegexNode>(node: Node): Node => {
    if (!reader.take(")")) reader.fail('"(" is never closed');
    reader.flags = flags;
    return node;
  };
  const body = (): RegexNode => readChoice(reader, depth + 1);
  if (!reader.take("?")) {
    const index = reader.openGroup();
    return close({ kind: "group", index, body: body() });
  }
  if (reader.take(":")) return close(body());
  if (reader.take(">")) return close({ kind: "atomic", body: body() });
  const look = reader.takeMatch(/<?[=!]/uy)?.[0];
  if (look !== undefined) {
    return close({ kind: "look", isAhead: !look.startsWith("<"), isNegated: look.endsWith("!"), body: body() });
  }
  const name = reader.takeMatch(/P?<([A-Za-z_]\w*)>/uy)?.[1];
  if (name !== undefined) {
    const index = reader.openGroup(name);
    return close({ kind: "group", index, body: body() });
  }
  const written = reader.takeMatch(/([a-zA-Z]*)(?:-([a-zA-Z]+))?/uy);
  reader.changeFlags(written?.[1] ?? "", written?.[2] ?? "");
  if (reader.take(":")) return close(body());
  // `(?i)` holds up to the end of the group around it.
  if (reader.take(")")) return EMPTY;
  return reader.fail("the group can't be read");
}

function literal(code: number, reader: RegexReader): RegexNode {
  return set(reader, single(code));
}

function set(reader: RegexReader, members: (code: number) => boolean): RegexNode {
  return { kind: "set", set: tabled(reader.flags.i ? inEitherCase(members) : members) };
}

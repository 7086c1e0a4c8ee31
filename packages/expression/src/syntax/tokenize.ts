import { toFloat, toLong } from "../values/numbers.ts";
import { LIMITS } from "../limits.ts";
import { type Token, SyntaxAbort } from "./tokens.ts";

export interface Tokenized {
  /** Closed by an `end` token. */
  readonly tokens: readonly Token[];
  /** Offset of the closing delimiter's first character. */
  readonly closeOffset: number;
  /** Offset behind the closing delimiter. */
  readonly end: number;
}

const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /\d+(?:\.\d+)?[lL]?/uy;
const SPACE = /\s+/uy;
const SYMBOLS = ["???", "??", "..", "==", "!=", "<=", ">=", ..."( ) [ ] { } , . : ? | ~ + - * / % < > =".split(" ")];
const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Reads the tokens of an expression up to its closing delimiter (`}}`, `%}` or `}`) outside of all brackets. */
export function tokenize(source: string, start: number, delimiter: "}}" | "%}" | "}", depth = 0): Tokenized {
  const tokens: Token[] = [];
  const open: { closer: string; offset: number }[] = [];
  let offset = start;
  while (offset < source.length) {
    offset = matchAt(SPACE, source, offset)?.end ?? offset;
    if (open.length === 0) {
      const end = closingEnd(source, offset, delimiter);
      if (end !== undefined) {
        tokens.push({ kind: "end", text: "", offset, end: offset });
        return { tokens, closeOffset: offset, end };
      }
    }
    if (offset >= source.length) break;
    const token = readToken(source, offset, depth + open.length);
    trackBrackets(token, open, source);
    tokens.push(token);
    offset = token.end;
  }
  const bracket = open.at(-1);
  if (bracket !== undefined) neverClosed(source, bracket.offset);
  throw new SyntaxAbort(`The expression is never closed by "${delimiter}"`, Math.max(start - 2, 0), 2);
}

function closingEnd(source: string, offset: number, delimiter: string): number | undefined {
  if (source.startsWith(delimiter, offset)) return offset + delimiter.length;
  const isTrimming = delimiter !== "}" && source[offset] === "-" && source.startsWith(delimiter, offset + 1);
  return isTrimming ? offset + 1 + delimiter.length : undefined;
}

function trackBrackets(token: Token, open: { closer: string; offset: number }[], source: string): void {
  if (token.kind !== "symbol") return;
  const closer = CLOSERS[token.text];
  if (closer !== undefined) {
    if (open.length >= LIMITS.depth) tooDeep(token.offset);
    open.push({ closer, offset: token.offset });
  } else if (token.text === ")" || token.text === "]" || token.text === "}") {
    const expected = open.pop();
    if (expected?.closer === token.text) return;
    if (expected !== undefined && source.startsWith("}}", token.offset)) neverClosed(source, expected.offset);
    const message =
      expected === undefined ? `"${token.text}" closes nothing` : `Expected "${expected.closer}", not "${token.text}"`;
    throw new SyntaxAbort(message, token.offset, 1);
  }
}

function neverClosed(source: string, offset: number): never {
  throw new SyntaxAbort(`"${source[offset]}" is never closed`, offset, 1);
}

function tooDeep(offset: number): never {
  throw new SyntaxAbort(`Brackets are nested more than ${LIMITS.depth} levels deep`, offset, 1);
}

function readToken(source: string, offset: number, depth: number): Token {
  const character = source[offset]!;
  if (character === "'") return readString(source, offset, "'");
  if (character === '"') return readInterpolation(source, offset, depth);
  const number = matchAt(NUMBER, source, offset);
  if (number !== undefined) return readNumber(number.text, offset, number.end);
  const name = matchAt(NAME, source, offset);
  if (name !== undefined) return { kind: "name", text: name.text, offset, end: name.end };
  const symbol = SYMBOLS.find((candidate) => source.startsWith(candidate, offset));
  if (symbol !== undefined) return { kind: "symbol", text: symbol, offset, end: offset + symbol.length };
  throw new SyntaxAbort(`Unexpected character "${character}"`, offset, 1, hintFor(character));
}

function hintFor(character: string): string | undefined {
  if (character === "&") return "Write `and` instead of `&&`.";
  if (character === "!") return "Write `not` instead of `!`.";
  if (character === "`" || character === "“" || character === "”" || character === "’") {
    return "Put texts between ' or \" quotes.";
  }
  return undefined;
}

function readNumber(digits: string, offset: number, end: number): Token {
  const text = digits.replace(/[lL]$/u, "");
  if (text.includes(".")) return { kind: "number", value: toFloat(Number(text)), text, offset, end };
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) {
    throw new SyntaxAbort(`The integer ${text} needs more than 64 bits`, offset, end - offset);
  }
  return { kind: "number", value: toLong(value), text, offset, end };
}

// A backslash escapes only the text's own quote; before anything else it stays, which suits regular expressions.
function readString(source: string, offset: number, quote: string): Token {
  let end = offset + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === "\\" ? 2 : 1;
  if (end >= source.length) throw new SyntaxAbort("The text is never closed", offset, 1, `Add the closing ${quote}.`);
  const text = source.slice(offset + 1, end).replaceAll(`\\${quote}`, quote);
  return { kind: "string", text, offset, end: end + 1 };
}

function readInterpolation(source: string, offset: number, depth: number): Token {
  if (depth > LIMITS.depth) tooDeep(offset);
  const parts: (string | readonly Token[])[] = [];
  let partStart = offset + 1;
  let end = partStart;
  const addText = (): void => {
    if (end > partStart) parts.push(source.slice(partStart, end).replaceAll('\\"', '"'));
  };
  while (end < source.length && source[end] !== '"') {
    if (source[end] === "#" && source[end + 1] === "{") {
      addText();
      const inner = tokenize(source, end + 2, "}", depth + 1);
      parts.push(inner.tokens);
      end = inner.end;
      partStart = end;
    } else {
      end += source[end] === "\\" ? 2 : 1;
    }
  }
  if (end >= source.length) throw new SyntaxAbort("The text is never closed", offset, 1, 'Add the closing ".');
  addText();
  if (parts.every((part) => typeof part === "string")) {
    return { kind: "string", text: parts.join(""), offset, end: end + 1 };
  }
  return { kind: "interpolation", parts, text: source.slice(offset, end + 1), offset, end: end + 1 };
}

function matchAt(pattern: RegExp, source: string, offset: number): { text: string; end: number } | undefined {
  pattern.lastIndex = offset;
  const text = pattern.exec(source)?.[0];
  return text === undefined ? undefined : { text, end: offset + text.length };
}

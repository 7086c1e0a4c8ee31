import { TaskFailure } from "@capstan/sdk";
import { jsonLine } from "./json-line.ts";

/** Characters that one value may have: it is held in memory. */
export const ELEMENT_CHARACTERS_MAX = 64 * 1_024 * 1_024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const LINE_FEED = 0x0a;

/**
 * The values of JSON text, each on one line: the entries of the list that it is, or the values that stand behind each other in it. Text
 * comes in pieces that may end anywhere. Holds one value in memory at a time. Throws `TaskFailure` for what is no JSON.
 */
export async function* jsonElements(texts: AsyncIterable<string>): AsyncGenerator<string> {
  const cursor: Cursor = {
    place: "top",
    depth: undefined,
    isText: false,
    isEscaped: false,
    earlier: "",
    line: 1,
    startLine: 1,
    number: 1,
  };
  for await (const piece of texts) yield* elementsOf(cursor, piece);
  const isWithin = cursor.depth !== undefined && (cursor.depth > 0 || cursor.isText);
  if (isWithin || cursor.place !== "top")
    throw new TaskFailure(`The file is no whole JSON: it ends within ${isWithin ? described(cursor) : "a list"}.`);
  if (cursor.depth !== undefined) yield finish(cursor, "");
}

/** What may come next: a value, the first value of a list or its end, a value of a list, or a comma or the end of a list. */
type Place = "top" | "first" | "value" | "comma";

/** How far it has been read. */
interface Cursor {
  place: Place;
  /** How deep within a value; 0 for one without braces. Undefined between values. */
  depth: number | undefined;
  isText: boolean;
  isEscaped: boolean;
  /** What earlier pieces have of the value. */
  earlier: string;
  line: number;
  startLine: number;
  /** Of the value, or of the next one; from 1. */
  number: number;
}

/** The values that end with this piece. */
function* elementsOf(cursor: Cursor, piece: string): Generator<string> {
  let start = 0;
  for (let at = 0; at < piece.length; at += 1) {
    const code = piece.charCodeAt(at);
    if (code === LINE_FEED) cursor.line += 1;
    if (cursor.isText) {
      if (endsText(cursor, code)) yield finish(cursor, piece.slice(start, at + 1));
    } else if (cursor.depth === undefined) {
      if (isSpace(code) || isBetween(cursor, code)) continue;
      start = at;
      cursor.startLine = cursor.line;
      cursor.isText = code === QUOTE;
      cursor.depth = code === OPEN_LIST || code === OPEN_MAP ? 1 : 0;
    } else if (cursor.depth > 0) {
      if (code === QUOTE) cursor.isText = true;
      else if (code === OPEN_LIST || code === OPEN_MAP) cursor.depth += 1;
      else if (code === CLOSE_LIST || code === CLOSE_MAP) cursor.depth -= 1;
      if (cursor.depth === 0) yield finish(cursor, piece.slice(start, at + 1));
    } else if (isSpace(code) || code === COMMA || code === CLOSE_LIST) {
      yield finish(cursor, piece.slice(start, at));
      if (!isSpace(code)) isBetween(cursor, code);
    }
  }
  if (cursor.depth !== undefined) cursor.earlier = extended(cursor, piece.slice(start));
}

function extended(cursor: Cursor, piece: string): string {
  const { earlier } = cursor;
  if (earlier.length + piece.length <= ELEMENT_CHARACTERS_MAX) return earlier + piece;
  throw new TaskFailure(
    `The file has ${described(cursor)}, with more than ${ELEMENT_CHARACTERS_MAX} characters. ` +
      "Give a file with a list of smaller values, or with one value a line.",
  );
}

/** Takes what stands between two values. Answers false for what a value begins with. */
function isBetween(cursor: Cursor, code: number): boolean {
  const { place, line } = cursor;
  if (code === COMMA && place === "comma") cursor.place = "value";
  else if (code === CLOSE_LIST && (place === "comma" || place === "first")) cursor.place = "top";
  else if (code === OPEN_LIST && place === "top") cursor.place = "first";
  else if (code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP || place === "comma")
    throw new TaskFailure(`The file is no JSON: in line ${line}, ${String.fromCharCode(code)} is out of place.`);
  else return false;
  return true;
}

/** Takes a character within a text. Answers whether the value ends with it. */
function endsText(cursor: Cursor, code: number): boolean {
  if (cursor.isEscaped) cursor.isEscaped = false;
  else if (code === BACKSLASH) cursor.isEscaped = true;
  else if (code === QUOTE) cursor.isText = false;
  return !cursor.isText && cursor.depth === 0;
}

function finish(cursor: Cursor, last: string): string {
  const line = jsonLine(extended(cursor, last), described(cursor));
  cursor.earlier = "";
  cursor.depth = undefined;
  cursor.number += 1;
  if (cursor.place !== "top") cursor.place = "comma";
  return line;
}

function described({ number, startLine }: Cursor): string {
  return `value ${number} (line ${startLine})`;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === LINE_FEED || code === 0x0d || code === 0x09;
}

const VERSION_MARKER = "$ion_1_0";
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/uy;
const TIMESTAMP =
  /\d{4}(?:-\d{2}(?:-\d{2})?)?T(?:\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?|\d{4}-\d{2}-\d{2}/uy;
const NUMBER = /[+-]inf|-?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eEdD][+-]?\d+)?)/uy;
const SYMBOL = /[A-Za-z_$][\w$]*/uy;
const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  v: "\v",
  "\n": "",
};
const CODE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const DEPTH_MAX = 200;

/** What is being read and how far it has been read. */
interface Cursor {
  readonly text: string;
  offset: number;
}

/**
 * Reads all values of an Ion text as JSON data: symbols and timestamps become texts, decimals numbers, blobs their base64
 * text, annotations are dropped. Numbers that JSON can't carry (`nan`, `+inf`) become null. Throws SyntaxError.
 */
export function readIon(text: string): unknown[] {
  const cursor: Cursor = { text, offset: 0 };
  const values: unknown[] = [];
  for (match(cursor, SPACE); cursor.offset < text.length; match(cursor, SPACE)) {
    if (take(cursor, VERSION_MARKER)) continue;
    values.push(readValue(cursor, 0));
  }
  return values;
}

function readValue(cursor: Cursor, depth: number): unknown {
  if (depth > DEPTH_MAX) fail(cursor, `is nested deeper than ${DEPTH_MAX} levels`);
  match(cursor, SPACE);
  if (take(cursor, "{{")) return readBlob(cursor);
  if (take(cursor, "{")) return readStruct(cursor, depth);
  if (take(cursor, "[")) return readSequence(cursor, "]", ",", depth);
  if (take(cursor, "(")) return readSequence(cursor, ")", "", depth);
  if (cursor.text.startsWith("'''", cursor.offset)) return readLongString(cursor);
  if (take(cursor, '"')) return readQuoted(cursor, '"');
  if (take(cursor, "'")) return orAnnotated(cursor, readQuoted(cursor, "'"), depth);
  const timestamp = match(cursor, TIMESTAMP);
  if (timestamp !== undefined) return timestamp;
  const number = match(cursor, NUMBER);
  if (number !== undefined) return numberOf(number);
  const symbol = match(cursor, SYMBOL) ?? fail(cursor);
  if (symbol === "null") {
    if (take(cursor, ".")) match(cursor, SYMBOL);
    return null;
  }
  if (symbol === "true" || symbol === "false") return symbol === "true";
  return symbol === "nan" ? null : orAnnotated(cursor, symbol, depth);
}

/** `name::value` is a value with an annotation. */
function orAnnotated(cursor: Cursor, symbol: string, depth: number): unknown {
  match(cursor, SPACE);
  return take(cursor, "::") ? readValue(cursor, depth + 1) : symbol;
}

function readStruct(cursor: Cursor, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (match(cursor, SPACE); !take(cursor, "}"); match(cursor, SPACE)) {
    const name = readFieldName(cursor);
    match(cursor, SPACE);
    if (!take(cursor, ":")) fail(cursor);
    entries.push([name, readValue(cursor, depth + 1)]);
    match(cursor, SPACE);
    if (!take(cursor, ",") && cursor.text[cursor.offset] !== "}") fail(cursor);
  }
  return Object.fromEntries(entries);
}

function readFieldName(cursor: Cursor): string {
  if (cursor.text.startsWith("'''", cursor.offset)) return readLongString(cursor);
  if (take(cursor, '"')) return readQuoted(cursor, '"');
  if (take(cursor, "'")) return readQuoted(cursor, "'");
  return match(cursor, SYMBOL) ?? fail(cursor);
}

function readSequence(cursor: Cursor, close: string, separator: string, depth: number): unknown[] {
  const elements: unknown[] = [];
  for (match(cursor, SPACE); !take(cursor, close); match(cursor, SPACE)) {
    elements.push(readValue(cursor, depth + 1));
    match(cursor, SPACE);
    if (separator !== "" && !take(cursor, separator) && cursor.text[cursor.offset] !== close) fail(cursor);
  }
  return elements;
}

function readQuoted(cursor: Cursor, quote: string): string {
  let result = "";
  while (!take(cursor, quote)) {
    const character = cursor.text[cursor.offset] ?? fail(cursor);
    cursor.offset += 1;
    result += character === "\\" ? readEscape(cursor) : character;
  }
  return result;
}

function readEscape(cursor: Cursor): string {
  const character = cursor.text[cursor.offset] ?? fail(cursor);
  cursor.offset += 1;
  const digits = CODE_DIGITS[character];
  if (digits === undefined) return ESCAPES[character] ?? character;
  const code = cursor.text.slice(cursor.offset, cursor.offset + digits);
  if (!/^[\da-fA-F]+$/u.test(code) || code.length < digits || Number.parseInt(code, 16) > 0x10_ff_ff) fail(cursor);
  cursor.offset += digits;
  return String.fromCodePoint(Number.parseInt(code, 16));
}

/** Several `'''…'''` behind each other are one text. */
function readLongString(cursor: Cursor): string {
  let result = "";
  while (take(cursor, "'''")) {
    result += readQuoted(cursor, "'''");
    match(cursor, SPACE);
  }
  return result;
}

function readBlob(cursor: Cursor): string {
  const end = cursor.text.indexOf("}}", cursor.offset);
  if (end === -1) fail(cursor);
  const inner = cursor.text.slice(cursor.offset, end).trim();
  cursor.offset = end + 2;
  return inner.startsWith('"') ? inner.slice(1, -1) : inner.replaceAll(/\s/gu, "");
}

function numberOf(text: string): number | null {
  if (text.endsWith("inf")) return null;
  const digits = text.replaceAll("_", "");
  const sign = digits.startsWith("-") ? -1 : 1;
  if (/^-?0[xXbB]/u.test(digits)) return sign * Number(digits.replace("-", ""));
  return Number(digits.replace(/[dD]/u, "e"));
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.offset;
  const found = pattern.exec(cursor.text)?.[0];
  cursor.offset += found?.length ?? 0;
  return found;
}

function take(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.offset)) return false;
  cursor.offset += text.length;
  return true;
}

function fail(cursor: Cursor, reason?: string): never {
  const near = cursor.text.slice(cursor.offset, cursor.offset + 20);
  const place = near === "" ? "at its end" : `at character ${cursor.offset + 1}, near "${near}"`;
  throw new SyntaxError(`The text ${reason ?? "is neither JSON nor Ion"} ${place}`);
}

import { LIMITS } from "../limits.ts";
import { JqSyntaxError } from "./errors.ts";

export type JqToken = { readonly offset: number } & (
  | { readonly kind: "name" | "field" | "variable" | "format" | "symbol" | "keyword"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number }
  | { readonly kind: "string"; readonly text: string; readonly parts: readonly (string | readonly JqToken[])[] }
  | { readonly kind: "end"; readonly text: "" }
);

const SPACE = /(?:\s|#[^\n]*)+/uy;
const NAME = /[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*/uy;
const FIELD = /\.[A-Za-z_]\w*/uy;
const VARIABLE = /\$(?:[A-Za-z_]\w*|__loc__)/uy;
const FORMAT = /@[a-z\d]+/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/uy;
const SYMBOLS = ["?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", ".."];
const SINGLE_SYMBOLS = ".[]{}()|,:;=<>+-*/%?$";
const KEYWORDS = new Set(
  "def if then elif else end as reduce foreach try catch label import include and or".split(" "),
);
const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "/": "/",
  "\\": "\\",
};

/** Reads the tokens of a program. */
export function tokenizeJq(source: string): readonly JqToken[] {
  return readTokens(source, 0, 0).tokens;
}

function readTokens(source: string, start: number, depth: number): { tokens: JqToken[]; end: number } {
  if (depth > LIMITS.depth) throw new JqSyntaxError("texts are nested too deeply", start);
  const tokens: JqToken[] = [];
  let offset = start;
  let open = 0;
  for (;;) {
    offset += matchAt(SPACE, source, offset).length;
    if (offset >= source.length) {
      if (depth > 0) throw new JqSyntaxError("an interpolation is never closed", start);
      tokens.push({ kind: "end", text: "", offset });
      return { tokens, end: offset };
    }
    if (depth > 0 && open === 0 && source[offset] === ")") {
      tokens.push({ kind: "end", text: "", offset });
      return { tokens, end: offset + 1 };
    }
    if (source[offset] === '"') {
      const { token, end } = readText(source, offset, depth);
      tokens.push(token);
      offset = end;
      continue;
    }
    const token = readToken(source, offset);
    if (token.text === "(" && token.kind === "symbol") open += 1;
    if (token.text === ")" && token.kind === "symbol") open -= 1;
    tokens.push(token);
    offset += token.text.length;
  }
}

function readToken(source: string, offset: number): JqToken {
  const number = matchAt(NUMBER, source, offset);
  if (number !== "") return { kind: "number", text: number, value: Number(number), offset };
  const field = matchAt(FIELD, source, offset);
  if (field !== "") return { kind: "field", text: field, offset };
  const name = matchAt(NAME, source, offset);
  if (name !== "") return { kind: KEYWORDS.has(name) ? "keyword" : "name", text: name, offset };
  const variable = matchAt(VARIABLE, source, offset);
  if (variable !== "") return { kind: "variable", text: variable, offset };
  const format = matchAt(FORMAT, source, offset);
  if (format !== "") return { kind: "format", text: format, offset };
  const symbol = SYMBOLS.find((candidate) => source.startsWith(candidate, offset)) ?? source[offset]!;
  if (symbol.length === 1 && !SINGLE_SYMBOLS.includes(symbol))
    throw new JqSyntaxError(`unexpected "${symbol}"`, offset);
  return { kind: "symbol", text: symbol, offset };
}

function readText(source: string, start: number, depth: number): { token: JqToken; end: number } {
  const parts: (string | readonly JqToken[])[] = [];
  let text = "";
  let offset = start + 1;
  while (source[offset] !== '"') {
    const character = source[offset];
    if (character === undefined) throw new JqSyntaxError("a text is never closed", start);
    if (character !== "\\") {
      text += character;
      offset += 1;
      continue;
    }
    const escaped = source[offset + 1] ?? "";
    if (escaped === "(") {
      parts.push(text);
      text = "";
      const inner = readTokens(source, offset + 2, depth + 1);
      parts.push(inner.tokens);
      offset = inner.end;
    } else if (escaped === "u" && /^[\da-fA-F]{4}$/u.test(source.slice(offset + 2, offset + 6))) {
      text += String.fromCodePoint(Number.parseInt(source.slice(offset + 2, offset + 6), 16));
      offset += 6;
    } else {
      if (!Object.hasOwn(ESCAPES, escaped)) throw new JqSyntaxError(`unknown escape "\\${escaped}"`, offset);
      text += ESCAPES[escaped];
      offset += 2;
    }
  }
  if (text !== "" || parts.length === 0) parts.push(text);
  return { token: { kind: "string", text: source.slice(start, offset + 1), parts, offset: start }, end: offset + 1 };
}

function matchAt(pattern: RegExp, source: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0] ?? "";
}

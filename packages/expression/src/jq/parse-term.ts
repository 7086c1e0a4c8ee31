import type { Jq } from "./ast.ts";
import type { JqCursor } from "./cursor.ts";
import { parsePattern } from "./parse-pattern.ts";
import type { JqToken } from "./tokenize.ts";

const IDENTITY: Jq = { kind: "identity" };

/** Reads a term with what follows it directly: `.a`, `[0]`, `[1:2]`, `[]`, `?`. */
export function parsePostfix(cursor: JqCursor): Jq {
  let target = parseTerm(cursor);
  for (;;) {
    const token = cursor.current();
    if (token.kind === "field") {
      cursor.advance();
      target = { kind: "index", target, key: { kind: "literal", value: token.text.slice(1) } };
    } else if (cursor.isSymbol("[")) {
      target = parseBracket(cursor, target);
    } else if (cursor.take(".")) {
      if (cursor.current().kind === "string") target = { kind: "index", target, key: parseText(cursor, null) };
      else if (cursor.isSymbol("[")) target = parseBracket(cursor, target);
      else return cursor.fail("a key");
    } else if (cursor.take("?")) {
      target = { kind: "try", body: target, handler: null };
    } else {
      return target;
    }
  }
}

function parseTerm(cursor: JqCursor): Jq {
  const token = cursor.current();
  switch (token.kind) {
    case "number":
      cursor.advance();
      return { kind: "literal", value: token.value };
    case "string":
      return parseText(cursor, null);
    case "format":
      cursor.advance();
      return cursor.current().kind === "string" ? parseText(cursor, token.text) : { kind: "format", name: token.text };
    case "field":
      cursor.advance();
      return { kind: "index", target: IDENTITY, key: { kind: "literal", value: token.text.slice(1) } };
    case "variable":
      return { kind: "variable", name: cursor.variable() };
    case "name":
      return parseCall(cursor);
    case "keyword":
      return parseKeyword(cursor, token);
    case "symbol":
      return parseSymbol(cursor, token);
    case "end":
      return cursor.fail("a value");
    default:
      return token satisfies never;
  }
}

function parseText(cursor: JqCursor, format: string | null): Jq {
  const token = cursor.advance();
  if (token.kind !== "string") return cursor.fail("a text");
  const [first] = token.parts;
  if (token.parts.length === 1 && typeof first === "string") return { kind: "literal", value: first };
  const parts = token.parts.map((part) =>
    typeof part === "string" ? part : cursor.grammar.nested(part, cursor.depth),
  );
  return { kind: "text", format, parts };
}

function parseCall(cursor: JqCursor): Jq {
  const name = cursor.name();
  if (name === "break") return { kind: "break", name: cursor.variable() };
  const list: Jq[] = [];
  if (cursor.take("(")) {
    do list.push(cursor.grammar.pipe(cursor));
    while (cursor.take(";"));
    cursor.expect(")");
  } else if (name === "true" || name === "false") {
    return { kind: "literal", value: name === "true" };
  } else if (name === "null") {
    return { kind: "literal", value: null };
  }
  return { kind: "call", name, arguments: list };
}

function parseSymbol(cursor: JqCursor, token: JqToken): Jq {
  switch (token.text) {
    case ".":
      cursor.advance();
      if (cursor.current().kind === "string") return { kind: "index", target: IDENTITY, key: parseText(cursor, null) };
      return IDENTITY;
    case "..":
      cursor.advance();
      return { kind: "recurse" };
    case "-":
      cursor.advance();
      return { kind: "negate", operand: parsePostfix(cursor) };
    case "(": {
      cursor.advance();
      const inner = cursor.grammar.pipe(cursor);
      cursor.expect(")");
      return inner;
    }
    case "[": {
      cursor.advance();
      if (cursor.take("]")) return { kind: "array", body: null };
      const body = cursor.grammar.pipe(cursor);
      cursor.expect("]");
      return { kind: "array", body };
    }
    case "{":
      return parseObject(cursor);
    default:
      return cursor.fail("a value");
  }
}

function parseBracket(cursor: JqCursor, target: Jq): Jq {
  cursor.expect("[");
  if (cursor.take("]")) return { kind: "iterate", target };
  if (cursor.take(":")) {
    const to = cursor.grammar.pipe(cursor);
    cursor.expect("]");
    return { kind: "slice", target, from: null, to };
  }
  const key = cursor.grammar.pipe(cursor);
  if (!cursor.take(":")) {
    cursor.expect("]");
    return { kind: "index", target, key };
  }
  const to = cursor.isSymbol("]") ? null : cursor.grammar.pipe(cursor);
  cursor.expect("]");
  return { kind: "slice", target, from: key, to };
}

function parseObject(cursor: JqCursor): Jq {
  cursor.expect("{");
  const entries: { key: Jq; value: Jq }[] = [];
  while (!cursor.take("}")) {
    if (entries.length > 0) {
      cursor.expect(",");
      if (cursor.take("}")) break;
    }
    entries.push(parseEntry(cursor));
  }
  return { kind: "object", entries };
}

function parseEntry(cursor: JqCursor): { key: Jq; value: Jq } {
  const token = cursor.current();
  if (token.kind === "variable") {
    const name = cursor.variable();
    const key: Jq = { kind: "literal", value: name };
    return { key, value: cursor.take(":") ? entryValue(cursor) : { kind: "variable", name } };
  }
  const key = entryKey(cursor, token);
  if (cursor.take(":")) return { key, value: entryValue(cursor) };
  if (token.kind === "symbol") return cursor.fail('":"');
  return { key, value: { kind: "index", target: IDENTITY, key } };
}

function entryKey(cursor: JqCursor, token: JqToken): Jq {
  if (token.kind === "name" || token.kind === "keyword") return { kind: "literal", value: cursor.advance().text };
  if (token.kind === "number") return { kind: "literal", value: cursor.advance().text };
  if (token.kind === "string") return parseText(cursor, null);
  if (token.kind === "format") return parseTerm(cursor);
  if (!cursor.take("(")) return cursor.fail("a key");
  const key = cursor.grammar.pipe(cursor);
  cursor.expect(")");
  return key;
}

// Values of entries are joined by `|` without brackets, but not by `,`.
function entryValue(cursor: JqCursor): Jq {
  const left = cursor.grammar.alternative(cursor);
  return cursor.take("|") ? { kind: "pipe", left, right: entryValue(cursor) } : left;
}

function parseKeyword(cursor: JqCursor, token: JqToken): Jq {
  switch (token.text) {
    case "if":
      cursor.advance();
      return parseIf(cursor);
    case "try": {
      cursor.advance();
      const body = parsePostfix(cursor);
      return { kind: "try", body, handler: cursor.takeKeyword("catch") ? parsePostfix(cursor) : null };
    }
    case "reduce":
    case "foreach":
      cursor.advance();
      return parseFold(cursor, token.text);
    case "def":
    case "label":
      return cursor.grammar.pipe(cursor);
    default:
      return cursor.fail("a value");
  }
}

function parseIf(cursor: JqCursor): Jq {
  const condition = cursor.grammar.pipe(cursor);
  cursor.expectKeyword("then");
  const whenTrue = cursor.grammar.pipe(cursor);
  if (cursor.takeKeyword("elif")) return { kind: "if", condition, whenTrue, whenFalse: parseIf(cursor) };
  const whenFalse = cursor.takeKeyword("else") ? cursor.grammar.pipe(cursor) : IDENTITY;
  cursor.expectKeyword("end");
  return { kind: "if", condition, whenTrue, whenFalse };
}

function parseFold(cursor: JqCursor, kind: "reduce" | "foreach"): Jq {
  const source = parsePostfix(cursor);
  cursor.expectKeyword("as");
  const pattern = parsePattern(cursor);
  cursor.expect("(");
  const start = cursor.grammar.pipe(cursor);
  cursor.expect(";");
  const update = cursor.grammar.pipe(cursor);
  const extract = kind === "foreach" && cursor.take(";") ? cursor.grammar.pipe(cursor) : null;
  cursor.expect(")");
  return kind === "reduce"
    ? { kind, source, pattern, start, update }
    : { kind, source, pattern, start, update, extract };
}

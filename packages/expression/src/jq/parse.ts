import { LIMITS } from "../limits.ts";
import type { Jq, JqDefinition } from "./ast.ts";
import { JqSyntaxError } from "./errors.ts";
import { createJqCursor, type JqCursor } from "./cursor.ts";
import { parsePatterns } from "./parse-pattern.ts";
import { parsePostfix } from "./parse-term.ts";
import { type JqToken, tokenizeJq } from "./tokenize.ts";

/** Reads a program. Throws a `JqSyntaxError`. */
export function parseJq(source: string): Jq {
  const cursor = cursorOf(tokenizeJq(source), 0);
  if (cursor.current().kind === "end") return { kind: "identity" };
  const program = parsePipe(cursor);
  cursor.expectEnd();
  return program;
}

/** Reads a file of definitions. */
export function parseDefinitions(source: string): JqDefinition[] {
  const cursor = cursorOf(tokenizeJq(source), 0);
  const definitions: JqDefinition[] = [];
  while (cursor.isKeyword("def")) definitions.push(parseDefinition(cursor));
  cursor.expectEnd();
  return definitions;
}

function cursorOf(tokens: readonly JqToken[], depth: number): JqCursor {
  return createJqCursor(tokens, depth, {
    pipe: parsePipe,
    postfix: parsePostfix,
    alternative: (cursor) => parseBinary(cursor, 3),
    nested: (inner, outer) => {
      const cursor = cursorOf(inner, outer + 1);
      const body = parsePipe(cursor);
      cursor.expectEnd();
      return body;
    },
  });
}

function parsePipe(cursor: JqCursor): Jq {
  cursor.depth += 1;
  if (cursor.depth > LIMITS.depth * 3)
    throw new JqSyntaxError("the program is nested too deeply", cursor.current().offset);
  const result = readPipe(cursor);
  cursor.depth -= 1;
  return result;
}

function readPipe(cursor: JqCursor): Jq {
  if (cursor.isKeyword("def")) {
    const definition = parseDefinition(cursor);
    return { kind: "define", definition, body: parsePipe(cursor) };
  }
  if (cursor.takeKeyword("label")) {
    const name = cursor.variable();
    cursor.expect("|");
    return { kind: "label", name, body: parsePipe(cursor) };
  }
  const left = parseBinary(cursor, 1);
  if (cursor.takeKeyword("as")) {
    const patterns = parsePatterns(cursor);
    cursor.expect("|");
    return withRightmost(left, (source) => ({ kind: "bind", source, patterns, body: parsePipe(cursor) }));
  }
  return cursor.take("|") ? { kind: "pipe", left, right: parsePipe(cursor) } : left;
}

// `1, 2 as $x | …` and `1 + . as $x | …` bind the term just before `as`.
function withRightmost(node: Jq, bind: (source: Jq) => Jq): Jq {
  switch (node.kind) {
    case "comma":
    case "operation":
    case "logic":
    case "alternative":
    case "assign":
      return { ...node, right: withRightmost(node.right, bind) };
    default:
      return bind(node);
  }
}

function parseDefinition(cursor: JqCursor): JqDefinition {
  cursor.expectKeyword("def");
  const name = cursor.name();
  const parameters: string[] = [];
  if (cursor.take("(")) {
    do parameters.push(cursor.current().kind === "variable" ? `$${cursor.variable()}` : cursor.name());
    while (cursor.take(";"));
    cursor.expect(")");
  }
  cursor.expect(":");
  const body = parsePipe(cursor);
  cursor.expect(";");
  return { name, parameters, body };
}

type Associativity = "left" | "right" | "none";

const LEVELS: ReadonlyMap<string, { level: number; associativity: Associativity }> = new Map<
  string,
  { level: number; associativity: Associativity }
>([
  [",", { level: 1, associativity: "left" }],
  ["//", { level: 3, associativity: "right" }],
  // `a? // b` written without a space.
  ["?//", { level: 3, associativity: "right" }],
  ...["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="].map(
    (name) => [name, { level: 4, associativity: "none" }] as const,
  ),
  ["or", { level: 5, associativity: "left" }],
  ["and", { level: 6, associativity: "left" }],
  ...["==", "!=", "<", "<=", ">", ">="].map((name) => [name, { level: 7, associativity: "none" }] as const),
  ["+", { level: 8, associativity: "left" }],
  ["-", { level: 8, associativity: "left" }],
  ["*", { level: 9, associativity: "left" }],
  ["/", { level: 9, associativity: "left" }],
  ["%", { level: 9, associativity: "left" }],
]);

function parseBinary(cursor: JqCursor, minimum: number): Jq {
  let left = parsePostfix(cursor);
  for (;;) {
    const token = cursor.current();
    const operator = token.kind === "symbol" || token.kind === "keyword" ? LEVELS.get(token.text) : undefined;
    if (operator === undefined || operator.level < minimum) return left;
    cursor.advance();
    cursor.depth += 1;
    if (cursor.depth > LIMITS.depth * 3) throw new JqSyntaxError("the program is nested too deeply", token.offset);
    const right = parseBinary(cursor, operator.associativity === "right" ? operator.level : operator.level + 1);
    cursor.depth -= 1;
    left = combine(token.text, left, right);
  }
}

function combine(operator: string, left: Jq, right: Jq): Jq {
  switch (operator) {
    case ",":
      return { kind: "comma", left, right };
    case "//":
      return { kind: "alternative", left, right };
    case "?//":
      return { kind: "alternative", left: { kind: "try", body: left, handler: null }, right };
    case "and":
    case "or":
      return { kind: "logic", operator, left, right };
    case "=":
    case "|=":
    case "+=":
    case "-=":
    case "*=":
    case "/=":
    case "%=":
    case "//=":
      return { kind: "assign", operator, left, right };
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return { kind: "operation", operator, left, right };
    default:
      throw new JqSyntaxError(`unknown operator "${operator}"`, 0);
  }
}

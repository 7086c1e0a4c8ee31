import { CHAIN_LENGTH_MAX, LIMITS } from "../limits.ts";
import type { Argument, Expression, Invocation, UnaryOperator } from "./ast.ts";
import { INFIXES, LITERALS, RESERVED, UNARY_PRECEDENCE } from "./operators.ts";
import { streamOf, type TokenStream } from "./token-stream.ts";
import { abortAt, type Token } from "./tokens.ts";

/** Reads one expression by precedence climbing; `minimum` 0 includes `c ? a : b`. Aborts with the first problem. */
export function parseExpression(stream: TokenStream, minimum = 0): Expression {
  stream.depth += 1;
  if (stream.depth > LIMITS.depth) {
    abortAt(stream.current(), `The expression is nested more than ${LIMITS.depth} levels deep`);
  }
  let left = parseOperand(stream);
  for (let length = 1; ; length += 1) {
    const token = stream.current();
    const infix = token.kind === "name" || token.kind === "symbol" ? INFIXES.get(token.text) : undefined;
    if (infix === undefined || infix.precedence < minimum) break;
    checkChain(length, token);
    stream.advance();
    if (infix.kind === "filter") {
      const filter = parseInvocation(stream, "filter");
      left = { kind: "filter", input: left, filter, offset: left.offset, end: stream.previousEnd() };
    } else if (infix.kind === "test") {
      const negated = stream.takeName("not");
      const test = parseInvocation(stream, "test");
      left = { kind: "test", operand: left, negated, test, offset: left.offset, end: stream.previousEnd() };
    } else {
      const right = parseExpression(stream, infix.precedence + 1);
      const { offset } = left;
      const { operator } = infix;
      left = { kind: "binary", operator, left, right, operatorOffset: token.offset, offset, end: right.end };
    }
  }
  if (minimum === 0) left = parseConditional(stream, left);
  stream.depth -= 1;
  return left;
}

/** Reads `(a, b, name=c)`; the current token is the opening bracket. */
export function parseArguments(stream: TokenStream): Argument[] {
  const result: Argument[] = [];
  stream.expect("(");
  while (!stream.take(")")) {
    if (result.length > 0) stream.expect(",", 'Separate arguments by ",".');
    const token = stream.current();
    if (token.kind === "name" && stream.isNext("=")) {
      stream.advance();
      stream.advance();
      result.push({ name: token.text, value: parseExpression(stream) });
    } else {
      if (result.at(-1)?.name !== undefined) abortAt(token, "A positional argument can't follow a named one");
      result.push({ value: parseExpression(stream) });
    }
  }
  return result;
}

/** Reads a name with optional arguments: `upper`, `date('yyyy')`. */
export function parseInvocation(stream: TokenStream, what: "filter" | "test"): Invocation {
  const token = stream.current();
  if (token.kind !== "name") {
    const hint = what === "filter" && stream.isCurrent("|") ? "Write `or` instead of `||`." : undefined;
    abortAt(token, `Expected the name of a ${what}, not ${stream.describe(token)}`, hint);
  }
  stream.advance();
  const list = stream.isCurrent("(") ? parseArguments(stream) : [];
  return { name: token.text, nameOffset: token.offset, arguments: list };
}

function parseConditional(stream: TokenStream, condition: Expression): Expression {
  if (!stream.take("?")) return condition;
  const whenTrue = parseExpression(stream);
  stream.expect(":", "A choice is written `condition ? a : b`.");
  const whenFalse = parseExpression(stream);
  return { kind: "conditional", condition, whenTrue, whenFalse, offset: condition.offset, end: whenFalse.end };
}

function parseOperand(stream: TokenStream): Expression {
  const token = stream.current();
  const operator = unaryOperator(token);
  if (operator !== undefined) {
    stream.advance();
    const operand = parseExpression(stream, UNARY_PRECEDENCE);
    return { kind: "unary", operator, operand, offset: token.offset, end: operand.end };
  }
  return parsePostfix(stream, parsePrimary(stream));
}

function unaryOperator(token: Token): UnaryOperator | undefined {
  const isName = token.kind === "name";
  if (isName && token.text === "not") return "not";
  if (token.kind === "symbol" && (token.text === "+" || token.text === "-")) return token.text;
  return undefined;
}

function parsePrimary(stream: TokenStream): Expression {
  const token = stream.current();
  const { offset, end } = token;
  switch (token.kind) {
    case "string":
      stream.advance();
      return { kind: "literal", value: token.text, offset, end };
    case "number":
      stream.advance();
      return { kind: "literal", value: token.value, offset, end };
    case "interpolation":
      stream.advance();
      return {
        kind: "interpolation",
        parts: token.parts.map((part) => parsePart(part, token, stream.depth)),
        offset,
        end,
      };
    case "name":
      return parseName(stream, token);
    case "symbol":
      return parseBracketed(stream, token);
    case "end":
      return abortAt(token, "The expression ends where a value is expected");
    default:
      return token satisfies never;
  }
}

function parsePart(part: string | readonly Token[], place: Token, depth: number): Expression {
  if (typeof part === "string") return { kind: "literal", value: part, offset: place.offset, end: place.end };
  const stream = streamOf(part);
  stream.depth = depth;
  const expression = parseExpression(stream);
  stream.expectEnd();
  return expression;
}

function parseName(stream: TokenStream, token: Token & { kind: "name" }): Expression {
  const { offset, end, text } = token;
  if (RESERVED.has(text)) abortAt(token, `Expected a value, not the operator "${text}"`);
  stream.advance();
  if (stream.isCurrent("(")) {
    const call = { name: text, nameOffset: offset, arguments: parseArguments(stream) };
    return { kind: "call", call, offset, end: stream.previousEnd() };
  }
  const value = LITERALS.get(text);
  if (value !== undefined) return { kind: "literal", value, offset, end };
  return { kind: "name", name: text, offset, end };
}

function parseBracketed(stream: TokenStream, token: Token & { kind: "symbol" }): Expression {
  switch (token.text) {
    case "(": {
      stream.advance();
      const inner = parseExpression(stream);
      stream.expect(")");
      return inner;
    }
    case "[":
      return parseList(stream, token);
    case "{":
      return parseMap(stream, token);
    default:
      return abortAt(token, `Expected a value, not "${token.text}"`);
  }
}

function parseList(stream: TokenStream, token: Token): Expression {
  const items: Expression[] = [];
  stream.expect("[");
  while (!stream.take("]")) {
    if (items.length > 0) stream.expect(",", 'Separate the elements of a list by ",".');
    items.push(parseExpression(stream));
  }
  return { kind: "list", items, offset: token.offset, end: stream.previousEnd() };
}

function parseMap(stream: TokenStream, token: Token): Expression {
  const entries: { key: Expression; value: Expression }[] = [];
  stream.expect("{");
  while (!stream.take("}")) {
    if (entries.length > 0) stream.expect(",", 'Separate the entries of a map by ",".');
    const key = parseExpression(stream);
    stream.expect(":", "An entry of a map is written `'key': value`.");
    entries.push({ key, value: parseExpression(stream) });
  }
  return { kind: "map", entries, offset: token.offset, end: stream.previousEnd() };
}

function parsePostfix(stream: TokenStream, primary: Expression): Expression {
  let target = primary;
  for (let length = 1; ; length += 1) {
    const token = stream.current();
    checkChain(length, token);
    if (stream.take(".")) {
      const name = stream.current();
      if (name.kind !== "name") {
        abortAt(name, `Expected a name behind ".", not ${stream.describe(name)}`, "Write `a['key']` or `a[0]`.");
      }
      stream.advance();
      if (stream.isCurrent("(")) {
        const method = { name: name.text, nameOffset: name.offset, arguments: parseArguments(stream) };
        target = { kind: "method", target, method, offset: target.offset, end: stream.previousEnd() };
        continue;
      }
      const key: Expression = { kind: "literal", value: name.text, offset: name.offset, end: name.end };
      target = { kind: "member", target, key, offset: target.offset, end: name.end };
    } else if (stream.take("[")) {
      const key = parseExpression(stream);
      stream.expect("]");
      target = { kind: "member", target, key, offset: target.offset, end: stream.previousEnd() };
    } else {
      return target;
    }
  }
}

function checkChain(length: number, token: Token): void {
  if (length > CHAIN_LENGTH_MAX) abortAt(token, `More than ${CHAIN_LENGTH_MAX} operators follow each other`);
}

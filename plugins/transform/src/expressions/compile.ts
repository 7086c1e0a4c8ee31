import { TaskFailure } from "@capstan/sdk";
import { functionNamed } from "./functions.ts";
import { equals, negate, not, type Operator, operatorOf } from "./operators.ts";
import { type PathStep, valueAt } from "./path.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** Brackets, and signs before a value, within each other. */
export const EXPRESSION_DEPTH_MAX = 100;

/** What an expression makes of a record. Throws `TaskFailure` where the values don't fit; undefined for a field that isn't there. */
export type Evaluate = (record: unknown) => unknown;

interface Reader {
  readonly expression: string;
  readonly tokens: readonly Token[];
  place: number;
  depth: number;
}

/** From the loosest on. */
const LEVELS: readonly (readonly Operator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  [">", ">=", "<", "<="],
  ["+", "-"],
  ["*", "/"],
];
const COMPARISONS = 3;
const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

/** Reads an expression over the fields of a record. Throws `TaskFailure` that says what can't be read. */
export function compileExpression(expression: string): Evaluate {
  const reader: Reader = { expression, tokens: tokensOf(expression), place: 0, depth: 0 };
  if (next(reader).kind === "end") throw new TaskFailure("An expression is empty: name a field in it.");
  const evaluate = readLevel(reader, 0);
  if (next(reader).kind !== "end") fail(reader, `${next(reader).text} is one thing too many`);
  return evaluate;
}

/** Reads a path such as `payload.items[]`. Throws `TaskFailure`. */
export function compilePath(path: string): readonly PathStep[] {
  const reader: Reader = { expression: path, tokens: tokensOf(path), place: 0, depth: 0 };
  const first = reader.tokens[0]!;
  if (first.kind !== "name") fail(reader, "a path begins with the name of a field");
  reader.place = 1;
  const steps = readPath(reader, first.text);
  if (next(reader).kind !== "end") fail(reader, `${next(reader).text} is no part of a path such as payload.items[]`);
  return steps;
}

function readLevel(reader: Reader, level: number): Evaluate {
  const operators = LEVELS[level];
  if (operators === undefined) return readUnary(reader);
  const first = readLevel(reader, level + 1);
  const rest: { apply: (left: unknown, right: () => unknown) => unknown; operand: Evaluate }[] = [];
  for (;;) {
    const operator = operators.find((sign) => next(reader).kind === "sign" && next(reader).text === sign);
    if (operator !== undefined) {
      reader.place += 1;
      rest.push({ apply: operatorOf(operator), operand: readLevel(reader, level + 1) });
    } else if (level === COMPARISONS && next(reader).kind === "name" && next(reader).text.toLowerCase() === "in") {
      reader.place += 1;
      const candidates = readArguments(reader);
      const isIn = (left: unknown, right: () => unknown) =>
        (right() as readonly unknown[]).some((candidate) => equals(left, candidate));
      rest.push({ apply: isIn, operand: (record) => candidates.map((candidate) => candidate(record)) });
    } else break;
  }
  if (rest.length === 0) return first;
  return (record) => {
    let value = first(record);
    for (const { apply, operand } of rest) value = apply(value, () => operand(record));
    return value;
  };
}

function readUnary(reader: Reader): Evaluate {
  if (!take(reader, "!") && !take(reader, "-")) return readPrimary(reader);
  const apply = reader.tokens[reader.place - 1]!.text === "!" ? not : negate;
  const operand = deeper(reader, () => readUnary(reader));
  return (record) => apply(operand(record));
}

function readPrimary(reader: Reader): Evaluate {
  const token = next(reader);
  reader.place += 1;
  if (token.kind === "text") return () => token.text;
  if (token.kind === "number") return () => Number(token.text);
  if (token.kind === "sign" && token.text === "(") {
    const inner = deeper(reader, () => readLevel(reader, 0));
    expect(reader, ")");
    return inner;
  }
  if (token.kind !== "name")
    fail(reader, token.kind === "end" ? "its end is missing" : `${token.text} stands where a value belongs`);
  const constant = token.text.toLowerCase();
  if (Object.hasOwn(CONSTANTS, constant)) return () => CONSTANTS[constant];
  if (isNext(reader, "(")) return readCall(reader, token.text);
  const steps = readPath(reader, token.text);
  return (record) => valueAt(steps, record);
}

function readCall(reader: Reader, name: string): Evaluate {
  const { parameters, call } = named(reader, name);
  const values = readArguments(reader);
  if (parameters !== undefined && values.length !== parameters)
    fail(reader, `${name} takes ${parameters} argument, not ${values.length}`);
  return (record) => call(values.map((value) => value(record)));
}

function named(reader: Reader, name: string) {
  try {
    return functionNamed(name);
  } catch (error) {
    return fail(reader, (error as Error).message);
  }
}

function readArguments(reader: Reader): readonly Evaluate[] {
  expect(reader, "(");
  const values: Evaluate[] = [];
  if (take(reader, ")")) return values;
  do values.push(deeper(reader, () => readLevel(reader, 0)));
  while (take(reader, ","));
  expect(reader, ")");
  return values;
}

function readPath(reader: Reader, first: string): readonly PathStep[] {
  const steps: PathStep[] = [{ name: first }];
  for (;;) {
    if (take(reader, ".")) {
      if (next(reader).kind !== "name") fail(reader, "the name of a field is missing behind a dot");
      steps.push({ name: next(reader).text });
      reader.place += 1;
    } else if (take(reader, "[")) {
      const { kind, text } = next(reader);
      if (kind === "text" || kind === "number") reader.place += 1;
      expect(reader, "]");
      if (kind === "text") steps.push({ name: text });
      else elementOf(reader, steps, kind === "number" ? Number(text) : "all");
    } else return steps;
  }
}

function elementOf(reader: Reader, steps: PathStep[], element: number | "all"): void {
  const { name, element: given } = steps.pop()!;
  if (given !== undefined) fail(reader, "a list within a list has no notation: take one of them at a time");
  steps.push({ name, element });
}

function deeper<Result>(reader: Reader, read: () => Result): Result {
  if (reader.depth >= EXPRESSION_DEPTH_MAX) fail(reader, `it is nested more than ${EXPRESSION_DEPTH_MAX} levels deep`);
  reader.depth += 1;
  const result = read();
  reader.depth -= 1;
  return result;
}

function next(reader: Reader): Token {
  return reader.tokens[reader.place]!;
}

function isNext(reader: Reader, sign: string): boolean {
  return next(reader).kind === "sign" && next(reader).text === sign;
}

function take(reader: Reader, sign: string): boolean {
  const isThere = isNext(reader, sign);
  if (isThere) reader.place += 1;
  return isThere;
}

function expect(reader: Reader, sign: string): void {
  if (!take(reader, sign))
    fail(reader, `${sign} is missing${next(reader).kind === "end" ? " at the end" : ` before ${next(reader).text}`}`);
}

function fail(reader: Reader, reason: string): never {
  throw new TaskFailure(`The expression ${reader.expression} can't be read: ${reason}.`);
}

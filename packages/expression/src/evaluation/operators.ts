import { ExpressionError } from "../errors.ts";
import type { BinaryOperator } from "../syntax/ast.ts";
import { className } from "../values/class-name.ts";
import { isEqual } from "../values/equality.ts";
import { isList, isMap, mapEntries, mapGet, toArray } from "../values/maps.ts";
import { type ArithmeticOperator, arithmetic, compareNumbers, isInteger, isNumeric } from "../values/numbers.ts";
import { toText, toTextOrNull } from "../values/text.ts";
import { bounded, type Runtime, spend } from "./runtime.ts";

/** Operators whose two sides are always evaluated; `and`, `or`, `??` and `???` are compiled apart. */
export type StrictOperator = Exclude<BinaryOperator, "and" | "or" | "??" | "???">;

type Operation = (left: unknown, right: unknown, runtime: Runtime) => unknown;

export const OPERATIONS: Readonly<Record<StrictOperator, Operation>> = {
  "==": (left, right, runtime) => isEqual(left, right, (steps) => spend(runtime, steps)),
  "!=": (left, right, runtime) => !isEqual(left, right, (steps) => spend(runtime, steps)),
  "<": (left, right) => order("<", left, right) < 0,
  ">": (left, right) => order(">", left, right) > 0,
  "<=": (left, right) => order("<=", left, right) <= 0,
  ">=": (left, right) => order(">=", left, right) >= 0,
  "+": add,
  "-": subtract,
  "*": (left, right) => calculate("*", left, right),
  "/": (left, right) => calculate("/", left, right),
  "%": (left, right) => calculate("%", left, right),
  "~": (left, right, runtime) => bounded(runtime, toText(left) + toText(right)),
  "..": (left, right, runtime) => rangeOf(left, right, 1, runtime),
  contains,
  isIn,
};

/** Inclusive range of integers or of single letters. */
export function rangeOf(start: unknown, end: unknown, increment: unknown, runtime: Runtime): unknown[] {
  const step = integerOf(increment, "The step");
  if (step === 0) throw new ExpressionError("ARGUMENT", "The step of a range can't be 0");
  const areLetters = isLetter(start) && isLetter(end);
  const first = areLetters ? start.codePointAt(0)! : integerOf(start, "The start");
  const last = areLetters ? end.codePointAt(0)! : integerOf(end, "The end");
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  spend(runtime, length);
  return Array.from({ length }, (_, index) => {
    const value = first + index * step;
    return areLetters ? String.fromCodePoint(value) : value;
  });
}

function isLetter(value: unknown): value is string {
  return typeof value === "string" && Array.from(value).length === 1;
}

function integerOf(value: unknown, what: string): number {
  if (typeof value === "number" && isInteger(value)) return value;
  throw new ExpressionError("TYPE", `${what} of a range must be an integer or a single letter, not ${describe(value)}`);
}

function order(operator: string, left: unknown, right: unknown): number {
  if (left === null || right === null || left === undefined || right === undefined) return Number.NaN;
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : Number(left > right);
  throw new ExpressionError(
    "TYPE",
    `\`${operator}\` compares two numbers or two texts, not ${describe(left)} and ${describe(right)}`,
    {
      hint: "Convert texts with `| number`, dates with `| timestamp`.",
    },
  );
}

function add(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (typeof left === "string" || typeof right === "string") {
    return bounded(runtime, toTextOrNull(left) + toTextOrNull(right));
  }
  if (isList(left)) {
    const added = isList(right) ? toArray(right) : [right];
    spend(runtime, added.length);
    return [...toArray(left), ...added];
  }
  return calculate("+", left, right);
}

function subtract(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (!isList(left)) return calculate("-", left, right);
  const removed = isList(right) ? toArray(right) : [right];
  const list = toArray(left);
  const count = (steps: number): void => spend(runtime, steps);
  count(list.length * removed.length);
  return list.filter((element) => !removed.some((other) => isEqual(element, other, count)));
}

function calculate(operator: ArithmeticOperator, left: unknown, right: unknown): unknown {
  if (isNumeric(left) && isNumeric(right)) return arithmetic(operator, left, right);
  throw new ExpressionError("TYPE", `\`${operator}\` needs numbers, not ${describe(left)} and ${describe(right)}`, {
    hint: operator === "-" ? "A name can't contain a dash: write `inputs['my-id']`." : "Convert texts with `| number`.",
  });
}

function contains(left: unknown, right: unknown, runtime: Runtime): boolean {
  if (left === null || left === undefined) return false;
  if (typeof left === "string") return left.includes(toTextOrNull(right));
  if (isList(left)) {
    const list = toArray(left);
    const wanted = isList(right) ? toArray(right) : [right];
    const count = (steps: number): void => spend(runtime, steps);
    count(list.length * wanted.length);
    return wanted.every((value) => list.some((element) => isEqual(element, value, count)));
  }
  if (isMap(left)) return typeof right === "string" && mapGet(left, right) !== undefined;
  throw new ExpressionError("TYPE", `\`contains\` needs a list, map or text, not ${describe(left)}`);
}

function isIn(left: unknown, right: unknown, runtime: Runtime): boolean {
  if (left === null || left === undefined || right === null || right === undefined) return false;
  const text = toText(left);
  if (isList(right)) {
    const list = toArray(right);
    spend(runtime, list.length);
    return list.some((element) => toText(element) === text);
  }
  if (isMap(right)) {
    const entries = mapEntries(right);
    spend(runtime, entries.length);
    return entries.some(([key, value]) => key === text || toText(value) === text);
  }
  return toText(right).includes(text);
}

/** The type of a value in words, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return `the text "${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  if (isNumeric(value) || typeof value === "boolean") return toText(value);
  if (isList(value)) return "a list";
  return isMap(value) ? "a map" : `a ${className(value)}`;
}

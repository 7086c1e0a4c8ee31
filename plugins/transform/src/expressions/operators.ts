import { isDeepStrictEqual } from "node:util";
import { calculate } from "./decimal.ts";
import { booleanOf, isNothing, numberOf } from "./values.ts";

export type Operator = "||" | "&&" | "==" | "!=" | ">" | ">=" | "<" | "<=" | "+" | "-" | "*" | "/";

/** What an operator makes of its left value, and of its right one where that is needed. Of nothing it makes nothing, except when it compares for equality. */
export function operatorOf(operator: Operator): (left: unknown, right: () => unknown) => unknown {
  switch (operator) {
    case "||":
      return (left, right) => logical(left, right, true);
    case "&&":
      return (left, right) => logical(left, right, false);
    case "==":
      return (left, right) => equals(left, right());
    case "!=":
      return (left, right) => !equals(left, right());
    case ">":
      return ordered((order) => order > 0);
    case ">=":
      return ordered((order) => order >= 0);
    case "<":
      return ordered((order) => order < 0);
    case "<=":
      return ordered((order) => order <= 0);
    case "+":
    case "-":
    case "*":
    case "/":
      return (left, right) =>
        ofBoth(left, right(), (first, second) => calculate(operator, numberOf(first), numberOf(second)));
    default:
      return operator satisfies never;
  }
}

/** Nothing equals nothing; a number no text. */
export function equals(left: unknown, right: unknown): boolean {
  return isNothing(left) || isNothing(right) ? isNothing(left) && isNothing(right) : isDeepStrictEqual(left, right);
}

export function not(value: unknown): boolean | null {
  return isNothing(value) ? null : !booleanOf(value);
}

export function negate(value: unknown): number | null {
  return isNothing(value) ? null : -numberOf(value);
}

/** Texts in the order of their characters, anything else as numbers. Below 0 when the first comes first. */
export function orderOf(left: unknown, right: unknown): number {
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return numberOf(left) - numberOf(right);
}

function logical(left: unknown, right: () => unknown, decisive: boolean): boolean | null {
  if (isNothing(left)) return null;
  if (booleanOf(left) === decisive) return decisive;
  const other = right();
  return isNothing(other) ? null : booleanOf(other);
}

function ordered(holds: (order: number) => boolean): (left: unknown, right: () => unknown) => boolean | null {
  return (left, right) => ofBoth(left, right(), (first, second) => holds(orderOf(first, second)));
}

function ofBoth<Result>(left: unknown, right: unknown, make: (left: unknown, right: unknown) => Result): Result | null {
  return isNothing(left) || isNothing(right) ? null : make(left, right);
}

import type { JqOperator } from "./ast.ts";
import { JqError } from "./errors.ts";
import { compareJq, isEqualJq, isNumber, isObject, mergeObjects, shown } from "./values.ts";

/** A binary operator on two values. */
export function operate(operator: JqOperator, left: unknown, right: unknown): unknown {
  switch (operator) {
    case "+":
      return add(left, right);
    case "-":
      return subtract(left, right);
    case "*":
      return multiply(left, right);
    case "/":
      return divide(left, right);
    case "%":
      return remainder(left, right);
    case "==":
      return isEqualJq(left, right);
    case "!=":
      return !isEqualJq(left, right);
    case "<":
      return compareJq(left, right) < 0;
    case "<=":
      return compareJq(left, right) <= 0;
    case ">":
      return compareJq(left, right) > 0;
    case ">=":
      return compareJq(left, right) >= 0;
    default:
      return operator satisfies never;
  }
}

function add(left: unknown, right: unknown): unknown {
  if (left === null) return right;
  if (right === null) return left;
  if (isNumber(left) && isNumber(right)) return Number(left) + Number(right);
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...(left as unknown[]), ...(right as unknown[])];
  if (isObject(left) && isObject(right)) return mergeObjects(left, right, false);
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be added`);
}

function subtract(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.filter((element) => !right.some((other) => isEqualJq(element, other)));
  }
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be subtracted`);
}

const TEXT_LENGTH_MAX = 10_000_000;

function multiply(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right)) return Number(left) * Number(right);
  if (isObject(left) && isObject(right)) return mergeObjects(left, right, true);
  const [text, count] = typeof left === "string" ? [left, right] : [right, left];
  if (typeof text === "string" && isNumber(count)) {
    const times = Number(count);
    if (times <= 0) return null;
    if (text.length * times > TEXT_LENGTH_MAX) throw new JqError("Repeat string result too long");
    return text.repeat(times < 1 ? 1 : Math.floor(times));
  }
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be multiplied`);
}

function divide(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right)) {
    if (Number(right) === 0) {
      throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided because the divisor is zero`);
    }
    return Number(left) / Number(right);
  }
  if (typeof left === "string" && typeof right === "string") return left === "" ? [] : left.split(right);
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided`);
}

function remainder(left: unknown, right: unknown): unknown {
  if (!isNumber(left) || !isNumber(right)) throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided`);
  const [a, b] = [Math.trunc(Number(left)), Math.abs(Math.trunc(Number(right)))];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  if (b === 0) throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided because the divisor is zero`);
  return (a % b) + 0;
}

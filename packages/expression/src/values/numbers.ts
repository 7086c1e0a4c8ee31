import { ExpressionError } from "../errors.ts";
import { BoxedFloat, SingleFloat } from "./boxed-float.ts";
import { compareDecimals, Decimal, decimalArithmetic, parseDecimal } from "./decimal.ts";

/**
 * Integers are JS numbers while safe and bigints beyond; floats are JS numbers that are no safe integer. All other floats are
 * boxed.
 */
export type Numeric = number | bigint | BoxedFloat;

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === "number" || typeof value === "bigint" || value instanceof BoxedFloat;
}

/** Whether a number is of an integer type; `2.0` is not. */
export function isInteger(value: unknown): value is number | bigint {
  return typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "bigint";
}

export function unboxed(value: Numeric): number | bigint {
  return value instanceof BoxedFloat ? value.value : value;
}

/** The nearest JS number. */
export function asNumber(value: Numeric): number {
  return Number(unboxed(value));
}

/** A float value: boxed when it could be taken for an integer. */
export function toFloat(value: number): Numeric {
  return Number.isInteger(value) ? new BoxedFloat(value) : value;
}

/** A 64-bit integer value; what is beyond wraps around. */
export function toLong(value: bigint): number | bigint {
  return narrowed(BigInt.asIntN(64, value));
}

/** An integer of any size in its smallest representation. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The integer a text spells, or undefined. */
export function parseInteger(text: string): number | bigint | undefined {
  return /^[+-]?\d+$/u.test(text) ? narrowed(BigInt(text.replace(/^\+/u, ""))) : undefined;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/**
 * Integer arithmetic on two integers (64-bit, truncating); decimal arithmetic when one side is a decimal number; arithmetic of
 * single precision when nothing on either side has more; of double precision otherwise.
 */
export function arithmetic(operator: ArithmeticOperator, left: Numeric, right: Numeric): Numeric {
  if (isInteger(left) && isInteger(right)) {
    if ((operator === "/" || operator === "%") && Number(right) === 0) {
      throw new ExpressionError("VALUE", `${left} ${operator} 0: an integer can't be divided by zero`);
    }
    if (typeof left === "number" && typeof right === "number") {
      const result = onNumbers(operator, left, right);
      if (operator === "/") return Math.trunc(result) + 0;
      if (Number.isSafeInteger(result)) return result + 0;
    }
    return toLong(onBigInts(operator, BigInt(left), BigInt(right)));
  }
  if (left instanceof Decimal || right instanceof Decimal) {
    return decimalArithmetic(operator, decimalOf(left), decimalOf(right));
  }
  if (isSingle(left) && isSingle(right)) {
    return new SingleFloat(onNumbers(operator, Math.fround(asNumber(left)), Math.fround(asNumber(right))));
  }
  return toFloat(onNumbers(operator, asNumber(left), asNumber(right)));
}

function isSingle(value: Numeric): boolean {
  return value instanceof SingleFloat || isInteger(value);
}

/** Java takes both sides of decimal arithmetic through double precision. */
function decimalOf(value: Numeric): Decimal {
  const decimal = parseDecimal(floatText(asNumber(value)));
  if (decimal === undefined) throw new ExpressionError("VALUE", `${asNumber(value)} is no decimal number`);
  return decimal;
}

/** Less than zero, zero, more than zero; NaN when one side is NaN. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  if (left instanceof Decimal || right instanceof Decimal) {
    const [exactLeft, exactRight] = [parseDecimal(numberText(left)), parseDecimal(numberText(right))];
    if (exactLeft !== undefined && exactRight !== undefined) return compareDecimals(exactLeft, exactRight);
  }
  const a = unboxed(left);
  const b = unboxed(right);
  if (a < b) return -1;
  if (a > b) return 1;
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 0;
}

export function negate(value: Numeric): Numeric {
  if (value instanceof Decimal) return new Decimal(-value.digits, value.scale);
  if (value instanceof SingleFloat) return new SingleFloat(-value.value);
  if (!isInteger(value)) return toFloat(-asNumber(value));
  return typeof value === "number" ? 0 - value : toLong(-value);
}

/** Integers in plain digits, floats always with a point, very large and very small ones as `1.0E10`. */
export function numberText(value: Numeric): string {
  return isInteger(value) || value instanceof Decimal ? value.toString() : floatText(asNumber(value));
}

function onNumbers(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    default:
      return operator satisfies never;
  }
}

function onBigInts(operator: ArithmeticOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    default:
      return operator satisfies never;
  }
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (size >= 1e-3 && size < 1e7) return withPoint(String(value));
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  return `${withPoint(mantissa)}E${exponent.replace("+", "")}`;
}

function withPoint(digits: string): string {
  return digits.includes(".") ? digits : `${digits}.0`;
}

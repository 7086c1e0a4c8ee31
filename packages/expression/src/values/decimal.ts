import { ExpressionError } from "../errors.ts";
import { BoxedFloat } from "./boxed-float.ts";

/** Digits that products, quotients and remainders are rounded to. */
const PRECISION = 34;
/** Larger exponents than doubles have are refused, so that no text of a few characters becomes a number of millions of digits. */
const EXPONENT_MAX = 1_000;

/** A decimal number, `digits` · 10^-`scale`, as Java's BigDecimal: `1.10` keeps its zero. */
export class Decimal extends BoxedFloat {
  readonly digits: bigint;
  readonly scale: number;

  constructor(digits: bigint, scale: number) {
    super(Number(`${digits}e${-scale}`), "java.math.BigDecimal");
    this.digits = digits;
    this.scale = scale;
  }

  /** Plain digits, never an exponent. */
  override toString(): string {
    const { digits, scale } = this;
    if (scale <= 0) return (digits * 10n ** BigInt(-scale)).toString();
    const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
    return `${digits < 0n ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
  }
}

/** The number that a decimal text spells, such as `-1.50` or `1E3`. Undefined when it spells none. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/u.exec(text);
  if (match === null) return undefined;
  const [, sign, integer = "", fraction = "", exponent = "0"] = match;
  if (integer + fraction === "") return undefined;
  if (Math.abs(Number(exponent)) > EXPONENT_MAX) {
    throw new ExpressionError("LIMIT", `The exponent of "${text}" is beyond ${EXPONENT_MAX}`);
  }
  const digits = BigInt(integer + fraction);
  return new Decimal(sign === "-" ? -digits : digits, fraction.length - Number(exponent));
}

/** Sums and differences are exact, the others are rounded to 34 digits, ties to the even one. */
export function decimalArithmetic(operator: "+" | "-" | "*" | "/" | "%", left: Decimal, right: Decimal): Decimal {
  switch (operator) {
    case "+":
    case "-": {
      const [a, b, scale] = aligned(left, right);
      return new Decimal(operator === "+" ? a + b : a - b, scale);
    }
    case "*":
      return rounded(left.digits * right.digits, left.scale + right.scale);
    case "/":
      return quotient(left, right);
    case "%": {
      const [a, b, scale] = aligned(left, right);
      if (b === 0n) throw divisionByZero(left, "%");
      return rounded(a % b, scale);
    }
    default:
      return operator satisfies never;
  }
}

/** Less than zero, zero, more than zero. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const [a, b] = aligned(left, right);
  return a < b ? -1 : Number(a > b);
}

function aligned(left: Decimal, right: Decimal): [left: bigint, right: bigint, scale: number] {
  const scale = Math.max(left.scale, right.scale);
  const raise = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own);
  return [raise(left), raise(right), scale];
}

/** As few digits as the exact quotient needs, but no fewer decimals than the operands' difference. */
function quotient(left: Decimal, right: Decimal): Decimal {
  if (right.digits === 0n) throw divisionByZero(left, "/");
  const preferred = left.scale - right.scale;
  const extra = PRECISION + 3 + Math.max(0, lengthOf(right.digits) - lengthOf(left.digits));
  const dividend = left.digits * 10n ** BigInt(extra);
  // A digit that stands for all that follow decides ties.
  const rest = dividend % right.digits;
  const digits = (dividend / right.digits) * 10n + (rest === 0n ? 0n : rest < 0n === right.digits < 0n ? 1n : -1n);
  return stripped(rounded(digits, preferred + extra + 1), preferred);
}

function stripped({ digits, scale }: Decimal, preferred: number): Decimal {
  let [shorter, decimals] = [digits, scale];
  while (decimals > preferred && shorter % 10n === 0n) [shorter, decimals] = [shorter / 10n, decimals - 1];
  return new Decimal(shorter, decimals);
}

function rounded(digits: bigint, scale: number): Decimal {
  const excess = lengthOf(digits) - PRECISION;
  if (excess <= 0) return new Decimal(digits, scale);
  const unit = 10n ** BigInt(excess);
  const size = digits < 0n ? -digits : digits;
  const [whole, rest] = [size / unit, (size % unit) * 2n];
  const isUp = rest > unit || (rest === unit && whole % 2n === 1n);
  const result = isUp ? whole + 1n : whole;
  return rounded(digits < 0n ? -result : result, scale - excess);
}

function lengthOf(digits: bigint): number {
  return (digits < 0n ? -digits : digits).toString().length;
}

function divisionByZero(left: Decimal, operator: string): ExpressionError {
  return new ExpressionError("VALUE", `${left.toString()} ${operator} 0: a decimal number can't be divided by zero`);
}

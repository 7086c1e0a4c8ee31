import { TaskFailure } from "@capstan/sdk";

/** Digits behind the point that a division leaves; the rest is rounded half up. */
const QUOTIENT_SCALE = 10;

/** `digits` times ten to the power of `-scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** What is calculated exactly, in decimals, as sums of money want it: 0.1 + 0.2 is 0.3. Throws `TaskFailure` beyond what a number holds. */
export function calculate(operator: "+" | "-" | "*" | "/", left: number, right: number): number | null {
  const quick = operator === "+" ? left + right : operator === "-" ? left - right : undefined;
  if (quick !== undefined && Number.isSafeInteger(left) && Number.isSafeInteger(right) && Number.isSafeInteger(quick))
    return quick;
  return exactly(operator, decimalOf(left), decimalOf(right));
}

function exactly(operator: "+" | "-" | "*" | "/", left: Decimal, right: Decimal): number | null {
  if (operator === "*") return numberOf({ digits: left.digits * right.digits, scale: left.scale + right.scale });
  if (operator === "/") return right.digits === 0n ? null : numberOf(quotient(left, right));
  const scale = Math.max(left.scale, right.scale);
  const [first, second] = [atScale(left, scale), atScale(right, scale)];
  return numberOf({ digits: operator === "+" ? first + second : first - second, scale });
}

function quotient(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const dividend = atScale(left, scale) * 10n ** BigInt(QUOTIENT_SCALE);
  const divisor = atScale(right, scale);
  const isNegative = dividend < 0n !== divisor < 0n;
  const size = absolute(divisor);
  const digits = (absolute(dividend) * 2n + size) / (size * 2n);
  return { digits: isNegative ? -digits : digits, scale: QUOTIENT_SCALE };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function atScale({ digits, scale }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

function decimalOf(value: number): Decimal {
  const [, sign, whole, fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (whole === undefined) throw tooLarge();
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function numberOf({ digits, scale }: Decimal): number {
  const value = Number(`${digits}e-${scale}`);
  if (!Number.isFinite(value)) throw tooLarge();
  return value;
}

function tooLarge(): TaskFailure {
  return new TaskFailure(`A result is larger than a number can be, which is ${Number.MAX_VALUE}`);
}

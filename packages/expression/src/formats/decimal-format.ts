import { ExpressionError } from "../errors.ts";
import { NUMBER_PATTERN_LENGTH_MAX } from "../limits.ts";
import { type Numeric, unboxed } from "../values/numbers.ts";

/** One half of a DecimalFormat pattern: what stands around the digits, and how many there are. */
interface NumberPattern {
  readonly prefix: string;
  readonly suffix: string;
  readonly integerDigitsMin: number;
  readonly fractionDigitsMin: number;
  readonly fractionDigitsMax: number;
  /** Digits between group separators, 0 for none. */
  readonly grouping: number;
  /** Digits of the exponent, 0 for plain notation. */
  readonly exponentDigitsMin: number;
  readonly multiplier: 1 | 100 | 1000;
}

/** Formats a number by a DecimalFormat pattern such as `#,##0.00`; ties round to the even digit. */
export function formatDecimal(value: Numeric, pattern: string): string {
  if (pattern.length > NUMBER_PATTERN_LENGTH_MAX) {
    throw new ExpressionError("LIMIT", `The number pattern is longer than ${NUMBER_PATTERN_LENGTH_MAX} characters`);
  }
  const [positive, negative] = splitPattern(pattern);
  const plus = parseNumberPattern(positive, pattern);
  const raw = unboxed(value);
  if (typeof raw === "number" && Number.isNaN(raw)) return "NaN";
  const isNegative = raw < 0;
  const { multiplier } = plus;
  const size = typeof raw === "bigint" ? (raw < 0n ? -raw : raw) * BigInt(multiplier) : Math.abs(raw) * multiplier;
  const digits = size === Number.POSITIVE_INFINITY ? "∞" : digitsOf(size, plus);
  if (!isNegative || /^[0.,]*$/u.test(digits)) return plus.prefix + digits + plus.suffix;
  if (negative === undefined) return `-${plus.prefix}${digits}${plus.suffix}`;
  const minus = parseNumberPattern(negative, pattern);
  return minus.prefix + digits + minus.suffix;
}

function splitPattern(pattern: string): [string, string | undefined] {
  let isQuoted = false;
  for (let index = 0; index < pattern.length; index += 1) {
    if (pattern[index] === "'") isQuoted = !isQuoted;
    if (pattern[index] === ";" && !isQuoted) return [pattern.slice(0, index), pattern.slice(index + 1)];
  }
  return [pattern, undefined];
}

function parseNumberPattern(half: string, pattern: string): NumberPattern {
  const parts = /^((?:'[^']*'|[^#0,.'])*)([#0,]*)(?:\.([0#]*))?(?:E(0+))?((?:'[^']*'|[^#0,.'])*)$/u.exec(half);
  if (parts === null) {
    throw new ExpressionError("ARGUMENT", `"${pattern}" is no number pattern`, { hint: "Write it like #,##0.00." });
  }
  const [, prefix = "", integer = "", fraction = "", exponent = "", suffix = ""] = parts;
  const affixes = prefix + suffix;
  const lastComma = integer.lastIndexOf(",");
  return {
    prefix: unquoted(prefix),
    suffix: unquoted(suffix),
    integerDigitsMin: integer.replaceAll(/[^0]/gu, "").length,
    fractionDigitsMin: fraction.replaceAll(/[^0]/gu, "").length,
    fractionDigitsMax: fraction.length,
    grouping: lastComma === -1 ? 0 : integer.length - lastComma - 1,
    exponentDigitsMin: exponent.length,
    multiplier: affixes.includes("%") ? 100 : affixes.includes("‰") ? 1000 : 1,
  };
}

function unquoted(affix: string): string {
  return affix.replaceAll(/'([^']*)'/gu, (_, text: string) => (text === "" ? "'" : text));
}

function digitsOf(size: number | bigint, pattern: NumberPattern): string {
  if (pattern.exponentDigitsMin > 0) return exponentDigits(Number(size), pattern);
  const rounded = roundHalfEven(size, pattern.fractionDigitsMax);
  const [integer = "", fraction = ""] = rounded.split(".");
  const trimmed = trimZeros(fraction, pattern.fractionDigitsMin);
  const isOptional = pattern.integerDigitsMin === 0 && integer === "0" && trimmed !== "";
  const whole = isOptional ? "" : integer.padStart(pattern.integerDigitsMin, "0");
  return grouped(whole, pattern.grouping) + (trimmed === "" ? "" : `.${trimmed}`);
}

function exponentDigits(size: number, pattern: NumberPattern): string {
  const integerDigits = Math.max(pattern.integerDigitsMin, 1);
  const exponent = size === 0 ? 0 : Number(size.toExponential().split("e")[1]) - integerDigits + 1;
  const mantissa = roundHalfEven(size / 10 ** exponent, pattern.fractionDigitsMax);
  const [integer = "", fraction = ""] = mantissa.split(".");
  const trimmed = trimZeros(fraction, pattern.fractionDigitsMin);
  const digits = String(Math.abs(exponent)).padStart(pattern.exponentDigitsMin, "0");
  return `${integer}${trimmed === "" ? "" : `.${trimmed}`}E${exponent < 0 ? "-" : ""}${digits}`;
}

function trimZeros(fraction: string, digitsMin: number): string {
  let end = fraction.length;
  while (end > digitsMin && fraction[end - 1] === "0") end -= 1;
  return fraction.slice(0, end);
}

function grouped(integer: string, size: number): string {
  if (size === 0) return integer;
  let result = integer;
  for (let index = integer.length - size; index > 0; index -= size) {
    result = `${result.slice(0, index)},${result.slice(index)}`;
  }
  return result;
}

/** The most that `toFixed` gives; doubles that end in a tie have fewer. */
const EXACT_DECIMALS = 100;

/** The exact value of a non-negative number, rounded to a number of decimals; a tie goes to the even digit. */
export function roundHalfEven(size: number | bigint, decimals: number): string {
  if (typeof size === "bigint" || size >= 1e21) {
    return BigInt(size).toString() + (decimals > 0 ? `.${"0".repeat(decimals)}` : "");
  }
  const places = Math.min(decimals, 90);
  const exact = size.toFixed(EXACT_DECIMALS);
  const cut = exact.length - EXACT_DECIMALS + places;
  const isTie = /^50*$/u.test(exact.slice(cut));
  if (!isTie) return size.toFixed(places);
  const kept = exact.slice(0, cut).replace(/\.$/u, "");
  const isEven = "02468".includes(kept.at(-1)!);
  return isEven ? kept : size.toFixed(places);
}

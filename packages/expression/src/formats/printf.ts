import { ExpressionError } from "../errors.ts";
import { asNumber, isInteger, isNumeric, unboxed } from "../values/numbers.ts";
import { toTextOrNull } from "../values/text.ts";
import { roundHalfEven } from "./decimal-format.ts";

const DIRECTIVE = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/gu;
const WIDTH_MAX = 10_000;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

/** Formats like Java's `String.format`: `%s`, `%d`, `%05d`, `%.2f`, `%x`, `%o`, `%e`, `%g`, `%b`, `%c`, `%n`, `%%`, `%1$s`. */
export function printf(pattern: string, values: readonly unknown[]): string {
  let next = 0;
  return pattern.replaceAll(DIRECTIVE, (whole, place, flags: string, width, precision, conversion: string) => {
    const directive: Directive = {
      flags,
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
      conversion,
    };
    if (directive.width > WIDTH_MAX || (directive.precision ?? 0) > WIDTH_MAX) {
      throw new ExpressionError("LIMIT", `"${whole}" asks for more than ${WIDTH_MAX} characters`);
    }
    if (directive.conversion === "n") return "\n";
    if (directive.conversion === "%") return justified("%", directive);
    let position = Number(place ?? 0) - 1;
    if (position < 0) {
      position = next;
      next += 1;
    }
    if (position >= values.length) throw new ExpressionError("ARGUMENT", `There is no argument for "${whole}"`);
    const text = justified(converted(values[position], directive, whole), directive);
    return /[A-Z]/u.test(directive.conversion) ? text.toUpperCase() : text;
  });
}

function converted(value: unknown, directive: Directive, whole: string): string {
  const { conversion, precision } = directive;
  switch (conversion.toLowerCase()) {
    case "s":
      return toTextOrNull(value).slice(0, precision);
    case "b":
      return String(typeof value === "boolean" ? value : value !== null && value !== undefined).slice(0, precision);
    case "c":
      return typeof value === "string" ? value.slice(0, 1) : String.fromCodePoint(Number(integerOf(value, whole)));
    case "d":
      return decimal(integerOf(value, whole), directive);
    case "x":
    case "o":
      return radix(integerOf(value, whole), directive);
    case "f":
      return float(value, directive, whole, (size) => grouped(roundHalfUp(size, precision ?? 6), directive));
    case "e":
      return float(value, directive, whole, (size) => scientific(size, precision ?? 6));
    case "g":
      return float(value, directive, whole, (size) => general(size, precision === 0 ? 1 : (precision ?? 6)));
    default:
      throw new ExpressionError("ARGUMENT", `The format "${whole}" is not known`);
  }
}

function integerOf(value: unknown, whole: string): bigint {
  if (isNumeric(value) && isInteger(value)) return BigInt(unboxed(value));
  throw new ExpressionError("TYPE", `"${whole}" needs an integer, not ${toTextOrNull(value)}`);
}

function float(value: unknown, directive: Directive, whole: string, digits: (size: number) => string): string {
  if (!isNumeric(value)) throw new ExpressionError("TYPE", `"${whole}" needs a number, not ${toTextOrNull(value)}`);
  const number = asNumber(value);
  if (!Number.isFinite(number)) return String(number);
  return signed(number < 0 || Object.is(number, -0), digits(Math.abs(number)), directive);
}

function decimal(value: bigint, directive: Directive): string {
  return signed(value < 0n, grouped((value < 0n ? -value : value).toString(), directive), directive);
}

function signed(isNegative: boolean, text: string, { flags, width }: Directive): string {
  const isParenthesised = isNegative && flags.includes("(");
  let sign = "";
  if (isNegative) sign = isParenthesised ? "(" : "-";
  else if (flags.includes("+")) sign = "+";
  else if (flags.includes(" ")) sign = " ";
  const end = isParenthesised ? ")" : "";
  const room = width - sign.length - end.length;
  return sign + (flags.includes("0") ? text.padStart(room, "0") : text) + end;
}

function radix(value: bigint, { flags, width, conversion }: Directive): string {
  const isHex = conversion.toLowerCase() === "x";
  const digits = BigInt.asUintN(64, value).toString(isHex ? 16 : 8);
  const prefix = flags.includes("#") ? (isHex ? "0x" : "0") : "";
  return prefix + (flags.includes("0") ? digits.padStart(width - prefix.length, "0") : digits);
}

function grouped(digits: string, { flags }: Directive): string {
  if (!flags.includes(",")) return digits;
  const [integer = "", fraction] = digits.split(".");
  const groups = integer.replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** Java rounds the shortest decimal form of the number, ties away from zero. */
function roundHalfUp(size: number, decimals: number): string {
  const [mantissa = "", exponent = "0"] = size.toString().split("e");
  const [integer = "", fraction = ""] = mantissa.split(".");
  const shift = decimals - fraction.length + Number(exponent);
  const digits = BigInt(integer + fraction);
  if (shift < -330) return roundHalfEven(0, decimals);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : halfUp(digits, 10n ** BigInt(-shift));
  const text = scaled.toString().padStart(decimals + 1, "0");
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

function halfUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor / 2n) / divisor;
}

function scientific(size: number, decimals: number): string {
  const [mantissa, exponent = "+0"] = size.toExponential(Math.min(decimals, 100)).split("e");
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function general(size: number, precision: number): string {
  const isPlain = size === 0 || (size >= 1e-4 && size < 10 ** precision);
  if (!isPlain) return scientific(size, precision - 1);
  const digitsBefore = size < 1 ? 1 - Math.max(0, Math.ceil(-Math.log10(size || 1))) : Math.floor(Math.log10(size)) + 1;
  return roundHalfUp(size, Math.max(0, precision - digitsBefore));
}

function justified(text: string, { flags, width }: Directive): string {
  return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
}

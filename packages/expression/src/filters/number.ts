import { ExpressionError } from "../errors.ts";
import { type FilterDefinition, optional } from "../evaluation/definition.ts";
import { describe } from "../evaluation/operators.ts";
import { formatDecimal } from "../formats/decimal-format.ts";
import { BoxedFloat, SingleFloat } from "../values/boxed-float.ts";
import { parseDecimal } from "../values/decimal.ts";
import { compareNumbers, isNumeric, narrowed, negate, type Numeric, parseInteger } from "../values/numbers.ts";
import { textArgument } from "./arguments.ts";

/** Filters on numbers. */
export const numberFilters: readonly FilterDefinition[] = [
  {
    name: "abs",
    summary: "The number without its sign.",
    example: ["-3 | abs", "3"],
    parameters: [],
    takesNull: true,
    apply: (input) => {
      const number = numberOf(input, "abs");
      return compareNumbers(number, 0) < 0 ? negate(number) : number;
    },
  },
  {
    name: "number",
    summary: "The number that a text spells.",
    example: ["'12.5' | number * 2", "25.0"],
    parameters: [optional("type", null, "INT, FLOAT, LONG, DOUBLE, BIGDECIMAL or BIGINTEGER; otherwise what fits")],
    apply: (input, [type]) => parseNumber(input, textArgument(type)?.toUpperCase()),
  },
  {
    name: "numberFormat",
    summary: "Writes a number by a pattern such as `#,##0.00`.",
    example: ["1234.5678 | numberFormat('#,##0.00')", "1,234.57"],
    parameters: [optional("format", "#,##0.###")],
    apply: (input, [format]) => formatDecimal(numberOf(input, "numberFormat"), textArgument(format) ?? "#,##0.###"),
  },
];

function numberOf(input: unknown, filter: string): Numeric {
  if (isNumeric(input)) return input;
  throw new ExpressionError("TYPE", `\`${filter}\` needs a number, not ${describe(input)}`, {
    hint: "Convert a text with `| number` first.",
  });
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
const HEXADECIMAL = /^([+-]?)(?:0[xX]|#)([\da-fA-F]+)$/u;

/** Converts by the name of a type; undefined for a text that spells none. */
const CONVERSIONS: Readonly<Record<string, (text: string) => Numeric | undefined>> = {
  INT: (text) => integerOf(text, 32),
  LONG: (text) => integerOf(text, 64),
  BIGINTEGER: (text) => integerOf(text, undefined),
  FLOAT: (text) => (FLOAT.test(text) ? new SingleFloat(Number(text)) : undefined),
  DOUBLE: (text) => (FLOAT.test(text) ? new BoxedFloat(Number(text)) : undefined),
  BIGDECIMAL: (text) => parseDecimal(text),
};

function parseNumber(input: unknown, type: string | undefined): Numeric {
  if (typeof input !== "string") {
    throw new ExpressionError("TYPE", `\`number\` needs a text, not ${describe(input)}`);
  }
  if (type === undefined) return parseAny(input);
  const convert = Object.hasOwn(CONVERSIONS, type) ? CONVERSIONS[type] : undefined;
  if (convert === undefined) {
    throw new ExpressionError("ARGUMENT", `\`number\` knows no type "${type}"`, {
      hint: `Types are ${Object.keys(CONVERSIONS).join(", ")}.`,
    });
  }
  const number = convert(input);
  if (number === undefined) throw new ExpressionError("VALUE", `"${input}" is no number of type ${type}`);
  return number;
}

/** The smallest type that a text fits; a letter behind the digits may name it: `12L`, `1.5f`, `1.5d`. */
function parseAny(text: string): Numeric {
  const [, digits = text, letter = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([lLfFdD])$/u.exec(text) ?? [];
  const integer = /^[fd]$/iu.test(letter) ? undefined : integerOf(digits, letter === "" ? undefined : 64);
  if (integer !== undefined) return integer;
  if (!FLOAT.test(digits) || /^l$/iu.test(letter)) throw new ExpressionError("VALUE", `"${text}" is no number`);
  const isSingle = letter === "" ? (digits.split(".")[1] ?? "").length <= 7 : /^f$/iu.test(letter);
  return isSingle ? new SingleFloat(Number(digits)) : new BoxedFloat(Number(digits));
}

function integerOf(text: string, bits: number | undefined): number | bigint | undefined {
  const [, sign, digits] = HEXADECIMAL.exec(text) ?? [];
  const hexadecimal = digits === undefined ? undefined : BigInt(`0x${digits}`);
  const decimal = parseInteger(text);
  const value = hexadecimal === undefined ? decimal : sign === "-" ? -hexadecimal : hexadecimal;
  if (value === undefined) return undefined;
  const exact = BigInt(value);
  return bits === undefined || BigInt.asIntN(bits, exact) === exact ? narrowed(exact) : undefined;
}

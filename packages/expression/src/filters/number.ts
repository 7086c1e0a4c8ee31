import { ExpressionError } from "../errors.ts";
import { type FilterDefinition, optional } from "../evaluation/definition.ts";
import { describe } from "../evaluation/operators.ts";
import { formatDecimal } from "../formats/decimal-format.ts";
import {
  BoxedFloat,
  compareNumbers,
  isNumeric,
  narrowed,
  negate,
  type Numeric,
  parseInteger,
} from "../values/numbers.ts";
import { textArgument } from "./arguments.ts";

/** Filters on numbers. */
export const numberFilters: readonly FilterDefinition[] = [
  {
    name: "abs",
    summary: "The number without its sign.",
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
    parameters: [optional("type", null, "INT, FLOAT, LONG, DOUBLE, BIGDECIMAL or BIGINTEGER; otherwise what fits")],
    apply: (input, [type]) => parseNumber(input, textArgument(type)?.toUpperCase()),
  },
  {
    name: "numberFormat",
    summary: "Writes a number by a pattern such as `#,##0.00`.",
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

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
const INTEGER_BITS: Readonly<Record<string, number>> = { INT: 32, LONG: 64 };
const FLOAT_CLASSES: Readonly<Record<string, string>> = {
  FLOAT: "java.lang.Float",
  DOUBLE: "java.lang.Double",
  BIGDECIMAL: "java.math.BigDecimal",
};

function parseNumber(input: unknown, type: string | undefined): Numeric {
  if (typeof input !== "string") {
    throw new ExpressionError("TYPE", `\`number\` needs a text, not ${describe(input)}`);
  }
  const integer = parseInteger(input);
  if (type === undefined) {
    if (integer !== undefined) return integer;
    return parseFloatText(input, (input.split(".")[1] ?? "").length <= 7 ? "FLOAT" : "DOUBLE", false);
  }
  if (Object.hasOwn(FLOAT_CLASSES, type)) return parseFloatText(input, type, true);
  if (type !== "BIGINTEGER" && !Object.hasOwn(INTEGER_BITS, type)) {
    throw new ExpressionError("ARGUMENT", `\`number\` knows no type "${type}"`);
  }
  const bits = INTEGER_BITS[type];
  if (integer === undefined || (bits !== undefined && BigInt.asIntN(bits, BigInt(integer)) !== BigInt(integer))) {
    throw new ExpressionError("VALUE", `"${input}" is no number of type ${type}`);
  }
  return narrowed(BigInt(integer));
}

function parseFloatText(text: string, type: string, rounds: boolean): Numeric {
  if (!DECIMAL.test(text)) throw new ExpressionError("VALUE", `"${text}" is no number`);
  const value = Number(text);
  return new BoxedFloat(rounds && type === "FLOAT" ? singlePrecision(value) : value, FLOAT_CLASSES[type]);
}

/** The shortest decimal number that is the same in single precision. */
function singlePrecision(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}

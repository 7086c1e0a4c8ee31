import { ExpressionError } from "../errors.ts";
import { type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import { describe, rangeOf } from "../evaluation/operators.ts";
import { isList, toArray } from "../values/maps.ts";
import { compareNumbers, isNumeric, type Numeric } from "../values/numbers.ts";

/** Functions on numbers. */
export const numberFunctions: readonly FunctionDefinition[] = [
  {
    name: "max",
    summary: "The greatest of some numbers.",
    example: ["max(1, 3, 2)", "3"],
    parameters: [{ name: "numbers", isRest: true, isRequired: true }],
    call: ([given]) => extreme("max", given, (order) => order > 0),
  },
  {
    name: "min",
    summary: "The least of some numbers.",
    example: ["min(1, 3, 2)", "1"],
    parameters: [{ name: "numbers", isRest: true, isRequired: true }],
    call: ([given]) => extreme("min", given, (order) => order < 0),
  },
  {
    name: "range",
    summary: "The integers, or letters, from a start to an end, both included.",
    example: ["range(0, 10, 5)", "[0,5,10]"],
    parameters: [required("start"), required("end"), optional("increment", 1)],
    call: ([start, end, increment], runtime) => rangeOf(start, end, increment, runtime),
  },
];

function extreme(name: string, given: unknown, wins: (order: number) => boolean): Numeric {
  const numbers = (isList(given) ? toArray(given) : []).map((value): Numeric => {
    if (isNumeric(value)) return value;
    throw new ExpressionError("TYPE", `\`${name}\` compares numbers, not ${describe(value)}`);
  });
  return numbers.reduce((best, value) => (wins(compareNumbers(value, best)) ? value : best));
}

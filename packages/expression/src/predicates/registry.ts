import { tableOf, type TestDefinition } from "../evaluation/definition.ts";
import { isJsonText } from "../values/json.ts";
import { LazyMap } from "../scope.ts";
import { type AnyMap, isList, isMap, toArray } from "../values/maps.ts";
import { ExpressionError } from "../errors.ts";
import { isInteger, isNumeric, unboxed } from "../values/numbers.ts";
import { describe } from "../evaluation/operators.ts";

/** Whether a value is null, blank text, or a list or map without elements. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "string") return value.trim() === "";
  if (isList(value)) return toArray(value).length === 0;
  return isMap(value) && hasNoKeys(value);
}

function hasNoKeys(map: AnyMap): boolean {
  if (map instanceof LazyMap || map instanceof Map) return map.keys()[Symbol.iterator]().next().done === true;
  for (const key in map) if (map[key] !== undefined) return false;
  return true;
}

/** What may stand behind `is` and `is not`. */
export const tests: ReadonlyMap<string, TestDefinition> = tableOf<TestDefinition>([
  {
    name: "defined",
    summary: "The value exists and is not null; mistakes on the way to it count as not defined.",
    example: ["missing.key is defined", "false"],
    parameters: [],
    takesUndefined: true,
    holds: (value) => value !== undefined && value !== null,
  },
  {
    name: "null",
    summary: "The value is null.",
    example: ["null is null", "true"],
    parameters: [],
    holds: (value) => value === null,
  },
  {
    name: "empty",
    summary: "Null, blank text, or an empty list or map.",
    example: ["'  ' is empty", "true"],
    parameters: [],
    holds: isEmpty,
  },
  {
    name: "even",
    summary: "An even integer.",
    example: ["2 is even", "true"],
    parameters: [],
    holds: (value) => remainder(value, "even") === 0,
  },
  {
    name: "odd",
    summary: "An odd integer.",
    example: ["3 is odd", "true"],
    parameters: [],
    holds: (value) => remainder(value, "odd") !== 0,
  },
  {
    name: "iterable",
    summary: "A list.",
    example: ["[1] is iterable", "true"],
    parameters: [],
    holds: (value) => isList(value),
  },
  {
    name: "map",
    summary: "A map.",
    example: ["{'a': 1} is map", "true"],
    parameters: [],
    holds: (value) => isMap(value),
  },
  {
    name: "json",
    summary: "A text that can be read as JSON.",
    example: ["'{\"a\": 1}' is json", "true"],
    parameters: [],
    holds: (value) => typeof value === "string" && isJsonText(value),
  },
]);

function remainder(value: unknown, name: string): number {
  if (!isNumeric(value) || !isInteger(value)) {
    throw new ExpressionError("TYPE", `\`is ${name}\` needs an integer, not ${describe(value)}`);
  }
  return Number(BigInt(unboxed(value)) % 2n);
}

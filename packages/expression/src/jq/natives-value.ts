import { mapOf } from "../values/maps.ts";
import { parseJson } from "../values/json.ts";
import { ExpressionError } from "../errors.ts";
import { BoxedFloat } from "../values/boxed-float.ts";
import { type Cell, type Closure, computed, type JqContext, type Native, valuesOf } from "./environment.ts";
import { JqError } from "./errors.ts";
import { operate } from "./operations.ts";
import {
  compareJq,
  expectArray,
  expectNumber,
  isEqualJq,
  isObject,
  jqJson,
  jqText,
  shown,
  sortedKeys,
  typeOf,
} from "./values.ts";

/** Makes a native of a function of the input and the values of all arguments, in every combination. */
export function byValue(apply: (input: unknown, ...given: unknown[]) => unknown): Native {
  return function* (input, given, context) {
    for (const values of combinations(given, input.value, context))
      yield computed(apply(input.value, ...values), input);
  };
}

function* combinations(given: readonly Closure[], input: unknown, context: JqContext): Generator<unknown[]> {
  const [first, ...rest] = given;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const value of valuesOf(first, input, context)) {
    for (const others of combinations(rest, input, context)) yield [value, ...others];
  }
}

const onNumber = (name: string, apply: (value: number) => unknown): readonly [string, Native] => [
  `${name}/0`,
  byValue((input) => apply(expectNumber(input, "number required"))),
];

/** Functions of values, numbers, arrays and objects. */
export const valueNatives: readonly (readonly [string, Native])[] = [
  ["not/0", byValue((input) => input === false || input === null)],
  ["type/0", byValue((input) => typeOf(input))],
  ["length/0", byValue(length)],
  ["keys/0", byValue((input) => keys(input, true))],
  ["keys_unsorted/0", byValue((input) => keys(input, false))],
  ["has/1", byValue(has)],
  ["contains/1", byValue(contains)],
  ["add/0", byValue((input) => elementsOf(input).reduce((sum, element) => operate("+", sum, element), null))],
  ["reverse/0", byValue(reverse)],
  ["flatten/0", byValue((input) => flatten(elementsOf(input), Number.POSITIVE_INFINITY))],
  ["flatten/1", byValue((input, depth) => flatten(elementsOf(input), depthOf(depth)))],
  ["sort/0", byValue((input) => expectArray(input, "cannot be sorted, as it is not an array").toSorted(compareJq))],
  ["unique/0", byValue((input) => uniqueOf(expectArray(input, "cannot be sorted, as it is not an array")))],
  ["min/0", byValue((input) => extreme(expectArray(input, "is no array"), compareJq, -1))],
  ["max/0", byValue((input) => extreme(expectArray(input, "is no array"), compareJq, 1))],
  ["sort_by/1", keyed((pairs) => pairs.map(({ element }) => element))],
  ["group_by/1", keyed((pairs) => groupsOf(pairs).map((group) => group.map(({ element }) => element)))],
  ["unique_by/1", keyed((pairs) => groupsOf(pairs).map((group) => group[0]!.element))],
  ["min_by/1", keyed((pairs) => pairs[0]?.element ?? null)],
  ["max_by/1", keyed((pairs) => pairs.at(-1)?.element ?? null)],
  ["tostring/0", byValue((input) => jqText(input))],
  ["tojson/0", byValue((input) => jqJson(input))],
  ["fromjson/0", byValue(fromJson)],
  ["tonumber/0", byValue(toNumber)],
  ["env/0", byValue(() => ({}))],
  ["infinite/0", byValue(() => Number.POSITIVE_INFINITY)],
  ["nan/0", byValue(() => Number.NaN)],
  onNumber("isinfinite", (value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY),
  onNumber("isnan", (value) => Number.isNaN(value)),
  onNumber("isnormal", (value) => Number.isFinite(value) && Math.abs(value) >= 2 ** -1022),
  onNumber("floor", Math.floor),
  onNumber("ceil", Math.ceil),
  onNumber("round", (value) => Math.sign(value) * Math.round(Math.abs(value))),
  onNumber("trunc", Math.trunc),
  onNumber("sqrt", Math.sqrt),
  onNumber("fabs", Math.abs),
  onNumber("abs", Math.abs),
  onNumber("exp", Math.exp),
  onNumber("exp2", (value) => 2 ** value),
  onNumber("exp10", (value) => 10 ** value),
  onNumber("log", Math.log),
  onNumber("log2", Math.log2),
  onNumber("log10", Math.log10),
  ["pow/2", byValue((_input, base, exponent) => numeric(base) ** numeric(exponent))],
];

function numeric(value: unknown): number {
  return expectNumber(value, "number required");
}

function length(input: unknown): unknown {
  if (input === null) return 0;
  if (typeof input === "string") return Array.from(input).length;
  if (Array.isArray(input)) return input.length;
  if (isObject(input)) return Object.keys(input).length;
  if (typeof input === "boolean") throw new JqError(`${shown(input)} has no length`);
  return Math.abs(Number(input));
}

function keys(input: unknown, isSorted: boolean): unknown {
  if (Array.isArray(input)) return input.map((_, index) => index);
  if (!isObject(input)) throw new JqError(`${shown(input)} has no keys`);
  return isSorted ? sortedKeys(input) : Object.keys(input);
}

function has(input: unknown, key: unknown): boolean {
  if (isObject(input) && typeof key === "string") return Object.hasOwn(input, key);
  if (Array.isArray(input) && typeof key === "number") return key >= 0 && key < input.length;
  throw new JqError(
    `Cannot check whether ${typeOf(input)} has a ${typeof key === "string" ? "string" : typeOf(key)} key`,
  );
}

function contains(input: unknown, part: unknown): boolean {
  if (isObject(input) && isObject(part)) {
    return Object.entries(part).every(([key, value]) => Object.hasOwn(input, key) && contains(input[key], value));
  }
  if (Array.isArray(input) && Array.isArray(part)) {
    return part.every((wanted) =>
      input.some((element) => typeOf(element) === typeOf(wanted) && contains(element, wanted)),
    );
  }
  if (typeof input === "string" && typeof part === "string") return input.includes(part);
  if (typeOf(input) !== typeOf(part))
    throw new JqError(`${shown(input)} and ${shown(part)} cannot have their containment checked`);
  return isEqualJq(input, part);
}

function elementsOf(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input;
  if (isObject(input)) return Object.values(input);
  throw new JqError(`Cannot iterate over ${input === null ? "null" : shown(input)}`);
}

function reverse(input: unknown): unknown {
  if (input === null) return [];
  if (typeof input === "string") return Array.from(input).toReversed().join("");
  return expectArray(input, "cannot be reversed, as it is not an array").toReversed();
}

function depthOf(depth: unknown): number {
  const value = numeric(depth);
  if (value < 0) throw new JqError("flatten depth must not be negative");
  return value;
}

function flatten(list: readonly unknown[], depth: number): unknown[] {
  return list.flatMap((element) => (Array.isArray(element) && depth > 0 ? flatten(element, depth - 1) : [element]));
}

function uniqueOf(list: readonly unknown[]): unknown[] {
  return list
    .toSorted(compareJq)
    .filter((element, index, sorted) => index === 0 || !isEqualJq(element, sorted[index - 1]));
}

function extreme<T>(list: readonly T[], compare: (left: T, right: T) => number, sign: 1 | -1): T | null {
  if (list.length === 0) return null;
  return list.reduce((best, element) => {
    const difference = compare(element, best) * sign;
    return difference > 0 || (difference === 0 && sign === 1) ? element : best;
  });
}

interface Keyed {
  readonly key: readonly unknown[];
  readonly element: unknown;
}

/** A native of the elements sorted by what the argument makes of each. */
function keyed(finish: (pairs: readonly Keyed[]) => unknown): Native {
  return function* (input: Cell, [by]: readonly Closure[], context: JqContext) {
    const list = expectArray(input.value, "cannot be sorted, as it is not an array");
    const pairs = list.map((element): Keyed => ({ key: [...valuesOf(by!, element, context)], element }));
    context.spend(pairs.length);
    yield computed(finish(pairs.toSorted((left, right) => compareJq(left.key, right.key))), input);
  };
}

function groupsOf(pairs: readonly Keyed[]): Keyed[][] {
  const groups: Keyed[][] = [];
  for (const pair of pairs) {
    const last = groups.at(-1);
    if (last !== undefined && isEqualJq(last[0]!.key, pair.key)) last.push(pair);
    else groups.push([pair]);
  }
  return groups;
}

function toNumber(input: unknown): unknown {
  if (typeof input === "number" || typeof input === "bigint") return input;
  if (typeof input === "string" && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/u.test(input))
    return Number(input);
  throw new JqError(`${shown(input)} cannot be parsed as a number`);
}

function fromJson(input: unknown): unknown {
  if (typeof input !== "string") throw new JqError(`${shown(input)} cannot be parsed as JSON`);
  try {
    return withoutBoxes(parseJson(input));
  } catch (error) {
    if (error instanceof ExpressionError) throw new JqError(`${error.message} (while parsing '${input}')`);
    throw error;
  }
}

function withoutBoxes(value: unknown): unknown {
  if (value instanceof BoxedFloat) return value.value;
  if (Array.isArray(value)) return value.map((element) => withoutBoxes(element));
  return isObject(value) ? mapOf(Object.entries(value).map(([key, entry]) => [key, withoutBoxes(entry)])) : value;
}

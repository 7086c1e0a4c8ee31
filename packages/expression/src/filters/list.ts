import { ExpressionError } from "../errors.ts";
import { type FilterDefinition, optional, required } from "../evaluation/definition.ts";
import { describe } from "../evaluation/operators.ts";
import { bounded, changeInPlace, type Runtime, spend, tooLong } from "../evaluation/runtime.ts";
import { isEqual } from "../values/equality.ts";
import { isList, isMap, mapEntries, mapGet, mapKeys, mapOf, toArray } from "../values/maps.ts";
import { compareNumbers, isNumeric } from "../values/numbers.ts";
import { toText } from "../values/text.ts";
import { integerArgument } from "./arguments.ts";

/** Filters on lists and maps; some work on texts as well. */
export const listFilters: readonly FilterDefinition[] = [
  {
    name: "chunk",
    summary: "Cuts a list into lists of a size.",
    example: ["[1, 2, 3] | chunk(2)", "[[1,2],[3]]"],
    parameters: [required("size")],
    apply: (input, [size], runtime) => chunk(listOf(input, "chunk", runtime), integerArgument(size, "size")),
  },
  {
    name: "distinct",
    summary: "The elements of a list, each once.",
    example: ["[1, 1, 2] | distinct", "[1,2]"],
    parameters: [],
    takesNull: true,
    apply: (input, _given, runtime) =>
      input === null ? "null" : distinct(listOf(input, "distinct", runtime), runtime),
  },
  {
    name: "first",
    summary: "The first element of a list or character of a text; null when there is none.",
    example: ["[3, 1, 2] | first", "3"],
    parameters: [],
    apply: (input, _given, runtime) => sequenceOf(input, "first", runtime).at(0) ?? null,
  },
  {
    name: "last",
    summary: "The last element of a list or character of a text; null when there is none.",
    example: ["[3, 1, 2] | last", "2"],
    parameters: [],
    apply: (input, _given, runtime) => sequenceOf(input, "last", runtime).at(-1) ?? null,
  },
  {
    name: "flatten",
    summary: "Takes the elements out of the lists in a list, one level deep.",
    example: ["[[1], [2, [3]]] | flatten", "[1,2,[3]]"],
    parameters: [],
    apply: (input, _given, runtime) => {
      const result = listOf(input, "flatten", runtime).flatMap((element) =>
        isList(element) ? toArray(element) : [element],
      );
      spend(runtime, result.length);
      return result;
    },
  },
  {
    name: "join",
    summary: "Prints the elements of a list with a separator between them.",
    example: ["[1, 2] | join('-')", "1-2"],
    parameters: [optional("separator", "")],
    apply: (input, [separator], runtime) => {
      const between = toText(separator);
      const texts = listOf(input, "join", runtime).map((element) => toText(element));
      if ((texts.length - 1) * between.length > runtime.charactersMax) tooLong(runtime);
      return bounded(runtime, texts.join(between));
    },
  },
  {
    name: "length",
    summary: "The number of characters, elements or entries; 0 for null and numbers.",
    example: ["'abc' | length", "3"],
    parameters: [],
    takesNull: true,
    apply: (input, _given, runtime) => lengthOf(input, runtime),
  },
  {
    name: "merge",
    summary: "Two lists one after the other, or two maps in one; the second map wins.",
    example: ["{'a': 1} | merge({'b': 2})", '{"a":1,"b":2}'],
    parameters: [required("items")],
    takesNull: true,
    apply: (input, [items], runtime) => merge(input, items, runtime),
  },
  {
    name: "reverse",
    summary: "Turns a list round, in place.",
    example: ["[3, 1, 2] | reverse", "[2,1,3]"],
    parameters: [],
    apply: (input, _given, runtime) => inPlace(input, "reverse", runtime, (list) => list.toReversed()),
  },
  {
    name: "sort",
    summary: "Sorts a list, in place.",
    example: ["[3, 1, 2] | sort", "[1,2,3]"],
    parameters: [],
    apply: (input, _given, runtime) => inPlace(input, "sort", runtime, (list) => list.toSorted(compare)),
  },
  {
    name: "rsort",
    summary: "Sorts a list from the greatest to the least, in place.",
    example: ["[3, 1, 2] | rsort", "[3,2,1]"],
    parameters: [],
    apply: (input, _given, runtime) =>
      inPlace(input, "rsort", runtime, (list) => list.toSorted((left, right) => compare(right, left))),
  },
  {
    name: "slice",
    summary: "A part of a list or text, from an index up to before another.",
    example: ["'abcd' | slice(1, 3)", "bc"],
    parameters: [optional("fromIndex", 0), optional("toIndex")],
    apply: (input, [from, to], runtime) => slice(input, from, to, runtime),
  },
  {
    name: "keys",
    summary: "The keys of a map, the indexes of a list.",
    example: ["{'a': 1} | keys", '["a"]'],
    parameters: [],
    apply: (input, _given, runtime) => {
      if (isMap(input)) return counted(mapKeys(input), runtime);
      return listOf(input, "keys", runtime).map((_, index) => index);
    },
  },
  {
    name: "values",
    summary: "The values of a map.",
    example: ["{'a': 1} | values", "[1]"],
    parameters: [],
    apply: (input, _given, runtime) => {
      if (!isMap(input)) throw new ExpressionError("TYPE", `\`values\` needs a map, not ${describe(input)}`);
      return counted(
        mapKeys(input).map((key) => mapGet(input, key) ?? null),
        runtime,
      );
    },
  },
];

function counted<T>(list: T[], runtime: Runtime): T[] {
  spend(runtime, list.length);
  return list;
}

function listOf(input: unknown, filter: string, runtime: Runtime): readonly unknown[] {
  if (!isList(input)) throw new ExpressionError("TYPE", `\`${filter}\` needs a list, not ${describe(input)}`);
  const list = toArray(input);
  spend(runtime, list.length);
  return list;
}

function sequenceOf(input: unknown, filter: string, runtime: Runtime): readonly unknown[] {
  if (typeof input !== "string") return isList(input) ? toArray(input) : listOf(input, filter, runtime);
  return [input.slice(0, 1), input.slice(-1)].filter((character) => character !== "");
}

function inPlace(
  input: unknown,
  filter: string,
  runtime: Runtime,
  change: (list: readonly unknown[]) => readonly unknown[],
): unknown {
  return changeInPlace(runtime, listOf(input, filter, runtime), change);
}

function chunk(list: readonly unknown[], size: number): unknown[][] {
  if (size < 1) throw new ExpressionError("ARGUMENT", "The argument `size` must be 1 or more");
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

function distinct(list: readonly unknown[], runtime: Runtime): unknown[] {
  const scalars = new Set<unknown>();
  const result: unknown[] = [];
  for (const element of list) {
    if (typeof element !== "object" || element === null) {
      if (!scalars.has(element)) result.push(element);
      scalars.add(element);
    } else {
      const count = (steps: number): void => spend(runtime, steps);
      count(result.length);
      if (!result.some((other) => isEqual(other, element, count))) result.push(element);
    }
  }
  return result;
}

function lengthOf(input: unknown, runtime: Runtime): number {
  if (typeof input === "string") return input.length;
  if (isList(input)) return toArray(input).length;
  return isMap(input) ? counted(mapKeys(input), runtime).length : 0;
}

function merge(input: unknown, items: unknown, runtime: Runtime): unknown {
  if (items === null) return input;
  if (input === null) return items;
  if (isMap(input) && isMap(items)) {
    return mapOf(counted([...mapEntries(input), ...mapEntries(items)], runtime));
  }
  if (isList(input) && isList(items)) return [...listOf(input, "merge", runtime), ...listOf(items, "merge", runtime)];
  throw new ExpressionError(
    "TYPE",
    `\`merge\` needs two maps or two lists, not ${describe(input)} and ${describe(items)}`,
  );
}

function slice(input: unknown, from: unknown, to: unknown, runtime: Runtime): unknown {
  const sequence = typeof input === "string" ? input : listOf(input, "slice", runtime);
  const start = integerArgument(from ?? 0, "fromIndex");
  const end = to === undefined || to === null ? sequence.length : integerArgument(to, "toIndex");
  if (start < 0 || end > sequence.length || start > end) {
    throw new ExpressionError("ARGUMENT", `There is no slice from ${start} to ${end} of ${sequence.length} elements`);
  }
  return sequence.slice(start, end);
}

function compare(left: unknown, right: unknown): number {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : Number(left > right);
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  throw new ExpressionError("TYPE", `${describe(left)} and ${describe(right)} have no order`);
}

import { optional, required } from "../evaluation/definition.ts";
import { type Runtime, spend } from "../evaluation/runtime.ts";
import { integerArgument } from "../filters/arguments.ts";
import { isEqual } from "../values/equality.ts";
import { type AnyMap, mapEntries, mapGet, mapKeys } from "../values/maps.ts";
import { asNumber, compareNumbers, isNumeric, isInteger, type Numeric, toFloat, toLong } from "../values/numbers.ts";
import { toText } from "../values/text.ts";
import type { MethodDefinition } from "./definition.ts";

/** Methods of lists, maps, numbers, and of several kinds of values. */
export const sharedMethods: readonly MethodDefinition[] = [
  {
    name: "size",
    summary: "The number of elements of a list or keys of a map.",
    example: ["[1, 2].size()", "2"],
    parameters: [],
    ofList: (list) => list.length,
    ofMap: (map) => mapKeys(map).length,
  },
  {
    name: "isEmpty",
    summary: "Whether a text has no characters, or a list or map no elements.",
    example: ["''.isEmpty()", "true"],
    parameters: [],
    ofText: (text) => text === "",
    ofList: (list) => list.length === 0,
    ofMap: (map) => mapKeys(map).length === 0,
  },
  {
    name: "contains",
    summary: "Whether a text contains another, or a list a value.",
    example: ["'abc'.contains('bc')", "true"],
    parameters: [required("value")],
    ofText: (text, [value]) => text.includes(toText(value)),
    ofList: (list, [value], runtime) => list.some((element) => isSame(element, value, runtime)),
  },
  {
    name: "indexOf",
    summary: "The first place of a text in another or of a value in a list, counted from 0; -1 when there is none.",
    example: ["'abab'.indexOf('b')", "1"],
    parameters: [required("value"), optional("from", 0, "of texts, where to begin")],
    ofText: (text, [value, from]) => text.indexOf(toText(value), integerArgument(from, "from")),
    ofList: (list, [value], runtime) => list.findIndex((element) => isSame(element, value, runtime)),
  },
  {
    name: "lastIndexOf",
    summary: "The last place of a text in another or of a value in a list, counted from 0; -1 when there is none.",
    example: ["'abab'.lastIndexOf('b')", "3"],
    parameters: [required("value")],
    ofText: (text, [value]) => text.lastIndexOf(toText(value)),
    ofList: (list, [value], runtime) => list.findLastIndex((element) => isSame(element, value, runtime)),
  },
  {
    name: "get",
    summary: "The element of a list at a place, counted from 0, or the value of a key of a map; null without the key.",
    example: ["{'a': 1}.get('a')", "1"],
    parameters: [required("key")],
    ofList: (list, [index]) => list[integerArgument(index, "index")],
    ofMap: (map, [key]) => mapGet(map, toText(key)) ?? null,
  },
  {
    name: "getFirst",
    summary: "The first element of a list.",
    example: ["[1, 2].getFirst()", "1"],
    parameters: [],
    ofList: (list) => list[0],
  },
  {
    name: "getLast",
    summary: "The last element of a list.",
    example: ["[1, 2].getLast()", "2"],
    parameters: [],
    ofList: (list) => list.at(-1),
  },
  {
    name: "getOrDefault",
    summary: "The value of a key of a map, or another where there is no such key.",
    example: ["{'a': 1}.getOrDefault('b', 2)", "2"],
    parameters: [required("key"), required("fallback")],
    ofMap: (map, [key, fallback]) => mapGet(map, toText(key)) ?? fallback,
  },
  {
    name: "containsKey",
    summary: "Whether a map has a key.",
    example: ["{'a': 1}.containsKey('a')", "true"],
    parameters: [required("key")],
    ofMap: (map, [key]) => mapGet(map, toText(key)) !== undefined,
  },
  {
    name: "containsValue",
    summary: "Whether a map has a value.",
    example: ["{'a': 1}.containsValue(1)", "true"],
    parameters: [required("value")],
    ofMap: (map, [value], runtime) => entriesOf(map, runtime).some(([, element]) => isSame(element, value, runtime)),
  },
  {
    name: "keySet",
    summary: "The keys of a map.",
    example: ["{'a': 1}.keySet()", '["a"]'],
    parameters: [],
    ofMap: (map) => mapKeys(map),
  },
  {
    name: "values",
    summary: "The values of a map.",
    example: ["{'a': 1}.values()", "[1]"],
    parameters: [],
    ofMap: (map, _given, runtime) => entriesOf(map, runtime).map(([, value]) => value),
  },
  {
    name: "entrySet",
    summary: "The entries of a map, each with `key` and `value`.",
    example: ["{'a': 1}.entrySet()", '[{"key":"a","value":1}]'],
    parameters: [],
    ofMap: (map, _given, runtime) => entriesOf(map, runtime).map(([key, value]) => ({ key, value })),
  },
  {
    name: "subList",
    summary: "The elements of a list from one place up to another, counted from 0.",
    example: ["[1, 2, 3].subList(0, 2)", "[1,2]"],
    parameters: [required("begin"), required("end")],
    ofList: (list, [begin, end], runtime) => {
      const part = list.slice(integerArgument(begin, "begin"), integerArgument(end, "end"));
      spend(runtime, part.length);
      return part;
    },
  },
  {
    name: "equals",
    summary: "Whether two values are the same.",
    example: ["'a'.equals('a')", "true"],
    parameters: [required("other")],
    ofScalar: (scalar, [other], runtime) => isSame(scalar, other, runtime),
    ofList: (list, [other], runtime) => isSame(list, other, runtime),
    ofMap: (map, [other], runtime) => isSame(map, other, runtime),
  },
  {
    name: "compareTo",
    summary: "Less than zero, zero or more than zero, as a text or number is before, at or behind another.",
    example: ["(2).compareTo(1)", "1"],
    parameters: [required("other")],
    ofText: (text, [other]) => (text === other ? 0 : text < toText(other) ? -1 : 1),
    ofNumber: (number, [other]) => (isNumeric(other) ? compareNumbers(number, other) : undefined),
  },
  {
    name: "toString",
    summary: "The text that printing a text, number or boolean gives.",
    example: ["(12).toString() + 1", "121"],
    parameters: [],
    ofScalar: toText,
  },
  {
    name: "intValue",
    summary: "A number without its fraction.",
    example: ["(2.7).intValue()", "2"],
    parameters: [],
    ofNumber: wholePart,
  },
  {
    name: "longValue",
    summary: "A number without its fraction.",
    example: ["(2.7).longValue()", "2"],
    parameters: [],
    ofNumber: wholePart,
  },
  {
    name: "doubleValue",
    summary: "A number as one with a fraction.",
    example: ["(2).doubleValue()", "2.0"],
    parameters: [],
    ofNumber: (number) => toFloat(asNumber(number)),
  },
];

function isSame(left: unknown, right: unknown, runtime: Runtime): boolean {
  spend(runtime, 1);
  return isEqual(left, right, (steps) => spend(runtime, steps));
}

function entriesOf(map: AnyMap, runtime: Runtime): readonly (readonly [string, unknown])[] {
  const entries = mapEntries(map);
  spend(runtime, entries.length);
  return entries;
}

function wholePart(number: Numeric): number | bigint {
  if (isInteger(number)) return number;
  const whole = Math.trunc(asNumber(number));
  return Number.isFinite(whole) ? toLong(BigInt(whole)) : 0;
}

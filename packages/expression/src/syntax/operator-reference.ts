import type { Example } from "../evaluation/definition.ts";

interface OperatorDescription {
  readonly name: string;
  readonly summary: string;
  readonly example: Example;
}

/** What the operators do, from the one that binds loosest to the one that binds tightest; `operators.ts` has their numbers. */
export const operators: readonly OperatorDescription[] = [
  { name: "c ? a : b", summary: "One of two values; null counts as false.", example: ["1 > 2 ? 'a' : 'b'", "b"] },
  { name: "or", summary: "Whether one side holds.", example: ["false or true", "true"] },
  { name: "and", summary: "Whether both sides hold. Null is an error.", example: ["true and false", "false"] },
  { name: "is, is not", summary: "Applies a test.", example: ["1 is not null", "true"] },
  {
    name: "contains",
    summary: "Whether a list has an element (or all of a list), a map a key, a text another.",
    example: ["[1, 2, 3] contains [1, 3]", "true"],
  },
  {
    name: "==, equals, !=",
    summary: "Equality: numbers by value, maps and lists by content, nothing across types.",
    example: ["1 == 1.0 and 1 != '1'", "true"],
  },
  {
    name: "<, >, <=, >=",
    summary: "Compares two numbers, or two texts by their characters; false when one side is null.",
    example: ["1 <= 1.5 and '2024-01-02' > '2024-01-01'", "true"],
  },
  {
    name: "+, -",
    summary: "Adds and subtracts numbers; `+` also joins texts and appends to a list, `-` removes from a list.",
    example: ["[1, 2] + 3 - 1", "[2,3]"],
  },
  { name: "*, /, %", summary: "Integers stay integers: the quotient is cut off.", example: ["7 / 2", "3"] },
  { name: "|", summary: "Applies a filter; binds tighter than arithmetic.", example: ["2 + 'abc' | length", "5"] },
  { name: "~", summary: "Joins the texts of two values.", example: ["1 ~ 2 | length", "2"] },
  { name: "..", summary: "The integers or letters from one to another.", example: ["1..3", "[1,2,3]"] },
  {
    name: "??",
    summary: "The right side when the left one is null or not defined.",
    example: ["inputs.missing ?? 'x'", "x"],
  },
  {
    name: "???",
    summary: "The right side only when the left one is not defined.",
    example: ["(null ??? 'x') is null", "true"],
  },
  {
    name: "isIn",
    summary: "Whether a list or map has a value, compared by text; whether a text is part of another.",
    example: ["1 isIn ['1', '2']", "true"],
  },
  {
    name: "not, unary + and -",
    summary: "Binds tightest: write `not (a == b)`.",
    example: ["not (1 == 2)", "true"],
  },
];

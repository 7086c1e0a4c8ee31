import { ExpressionError } from "../errors.ts";
import { optional, required } from "../evaluation/definition.ts";
import { bounded, type Runtime, spend, tooLong } from "../evaluation/runtime.ts";
import { integerArgument } from "../filters/arguments.ts";
import { replaceText } from "../filters/pattern.ts";
import { compileRegex, type Spend } from "../regex/regex.ts";
import { replaceMatches, splitAtMatches } from "../regex/replace.ts";
import { toText } from "../values/text.ts";
import type { MethodDefinition } from "./definition.ts";

/** Methods that only texts have. */
export const textMethods: readonly MethodDefinition[] = [
  {
    name: "length",
    summary: "The number of characters.",
    example: ["'abc'.length()", "3"],
    parameters: [],
    ofText: (text) => text.length,
  },
  {
    name: "isBlank",
    summary: "Whether there is nothing but white space.",
    example: ["' '.isBlank()", "true"],
    parameters: [],
    ofText: (text) => text.trim() === "",
  },
  {
    name: "toUpperCase",
    summary: "The text in upper case.",
    example: ["'abc'.toUpperCase()", "ABC"],
    parameters: [],
    ofText: (text, _given, runtime) => bounded(runtime, text.toUpperCase()),
  },
  {
    name: "toLowerCase",
    summary: "The text in lower case.",
    example: ["'AbC'.toLowerCase()", "abc"],
    parameters: [],
    ofText: (text, _given, runtime) => bounded(runtime, text.toLowerCase()),
  },
  {
    name: "trim",
    summary: "The text without white space at both ends.",
    example: ["' a b '.trim()", "a b"],
    parameters: [],
    ofText: (text) => text.trim(),
  },
  {
    name: "strip",
    summary: "The text without white space at both ends.",
    example: ["' a b '.strip()", "a b"],
    parameters: [],
    ofText: (text) => text.trim(),
  },
  {
    name: "stripLeading",
    summary: "The text without white space at its beginning.",
    example: ["' ab'.stripLeading()", "ab"],
    parameters: [],
    ofText: (text) => text.trimStart(),
  },
  {
    name: "stripTrailing",
    summary: "The text without white space at its end.",
    example: ["'ab '.stripTrailing()", "ab"],
    parameters: [],
    ofText: (text) => text.trimEnd(),
  },
  {
    name: "startsWith",
    summary: "Whether the text begins with another.",
    example: ["'abc'.startsWith('ab')", "true"],
    parameters: [required("prefix")],
    ofText: (text, [prefix]) => text.startsWith(toText(prefix)),
  },
  {
    name: "endsWith",
    summary: "Whether the text ends with another.",
    example: ["'abc'.endsWith('bc')", "true"],
    parameters: [required("suffix")],
    ofText: (text, [suffix]) => text.endsWith(toText(suffix)),
  },
  {
    name: "equalsIgnoreCase",
    summary: "Whether the texts are the same but for upper and lower case.",
    example: ["'abc'.equalsIgnoreCase('ABC')", "true"],
    parameters: [required("other")],
    ofText: (text, [other]) => typeof other === "string" && text.toLowerCase() === other.toLowerCase(),
  },
  {
    name: "charAt",
    summary: "The character at a place, counted from 0.",
    example: ["'abc'.charAt(1)", "b"],
    parameters: [required("index")],
    ofText: (text, [index]) => text[placeIn(text, index, text.length - 1)],
  },
  {
    name: "substring",
    summary: "The part from one place up to another, counted from 0, or to the end.",
    example: ["'abcd'.substring(1, 3)", "bc"],
    parameters: [required("begin"), optional("end")],
    ofText: (text, [begin, end]) => {
      const last = end === undefined ? text.length : placeIn(text, end, text.length);
      return text.slice(placeIn(text, begin, last), last);
    },
  },
  {
    name: "concat",
    summary: "The text with another behind it.",
    example: ["'ab'.concat('c')", "abc"],
    parameters: [required("other")],
    ofText: (text, [other], runtime) => bounded(runtime, text + toText(other)),
  },
  {
    name: "repeat",
    summary: "The text so many times.",
    example: ["'ab'.repeat(2)", "abab"],
    parameters: [required("count")],
    ofText: (text, [count], runtime) => {
      const times = integerArgument(count, "count");
      if (times < 0) throw new ExpressionError("ARGUMENT", `A text can't be repeated ${times} times`);
      if (text.length * times > runtime.charactersMax) tooLong(runtime);
      return bounded(runtime, text.repeat(text === "" ? 0 : times));
    },
  },
  {
    name: "replace",
    summary: "Replaces a text everywhere.",
    example: ["'a-b-c'.replace('-', '_')", "a_b_c"],
    parameters: [required("target"), required("replacement")],
    ofText: (text, [target, replacement], runtime) => replaceText(text, toText(target), toText(replacement), runtime),
  },
  {
    name: "replaceAll",
    summary: "Replaces all matches of a regular expression; `$1` stands for its first group.",
    example: [String.raw`'a1b2'.replaceAll('\d', '_')`, "a_b_"],
    parameters: [required("regex"), required("replacement")],
    ofText: (text, [regex, replacement], runtime) =>
      replaceMatches(text, compileRegex(toText(regex)), toText(replacement), spendOf(runtime), (result) =>
        bounded(runtime, result),
      ),
  },
  {
    name: "matches",
    summary: "Whether a regular expression matches the whole text.",
    example: [String.raw`'abc1'.matches('[a-z]+\d')`, "true"],
    parameters: [required("regex")],
    ofText: (text, [regex], runtime) => compileRegex(toText(regex)).matchesWhole(text, spendOf(runtime)),
  },
  {
    name: "split",
    summary: "Cuts the text at a delimiter, which is a regular expression.",
    example: ["'a,b'.split(',')", '["a","b"]'],
    parameters: [required("regex"), optional("limit", 0)],
    ofText: (text, [regex, limit], runtime) => {
      const pieces = splitAtMatches(
        text,
        compileRegex(toText(regex)),
        integerArgument(limit, "limit"),
        spendOf(runtime),
      );
      spend(runtime, pieces.length);
      return pieces;
    },
  },
];

function placeIn(text: string, value: unknown, last: number): number {
  const place = integerArgument(value, "index");
  if (place >= 0 && place <= last) return place;
  throw new ExpressionError("ARGUMENT", `There is no place ${place} in a text of ${text.length} characters`);
}

function spendOf(runtime: Runtime): Spend {
  return (steps) => spend(runtime, steps);
}

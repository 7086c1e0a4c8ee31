import { ExpressionError } from "../errors.ts";
import { type FilterDefinition, optional, required } from "../evaluation/definition.ts";
import { describe } from "../evaluation/operators.ts";
import { bounded, type Runtime, spend, tooLong } from "../evaluation/runtime.ts";
import { printf } from "../formats/printf.ts";
import { compileRegex, type Spend } from "../regex/regex.ts";
import { replaceMatches, splitAtMatches } from "../regex/replace.ts";
import { isMap, mapEntries } from "../values/maps.ts";
import { toText } from "../values/text.ts";
import { isTrue } from "../values/truth.ts";
import { integerArgument } from "./arguments.ts";

/** Filters that look for patterns in a text, or fill one in. */
export const patternFilters: readonly FilterDefinition[] = [
  {
    name: "replace",
    summary: "Replaces the keys of a map by its values, one after the other.",
    example: ["'a1' | replace({'[0-9]': 'x'}, regexp=true)", "ax"],
    parameters: [required("replace_pairs"), optional("regexp", false, "whether the keys are regular expressions")],
    apply: (input, [pairs, regexp], runtime) =>
      replaceAll(toText(input), pairs, isTrue(regexp ?? false, "`regexp`"), runtime),
  },
  {
    name: "split",
    summary: "Cuts a text at a delimiter, which is a regular expression.",
    example: [String.raw`'a.b' | split('\.')`, '["a","b"]'],
    parameters: [
      required("delimiter"),
      optional("limit", 0, "the number of pieces at most; negative: keep empty ends"),
    ],
    apply: (input, [delimiter, limit], runtime) => {
      const regex = compileRegex(toText(delimiter));
      const pieces = splitAtMatches(toText(input), regex, integerArgument(limit ?? 0, "limit"), spendOf(runtime));
      spend(runtime, pieces.length);
      return pieces;
    },
  },
  {
    name: "regexMatch",
    summary: "Whether a regular expression matches a part of the text; false for null.",
    example: [String.raw`'order-123' | regexMatch('\d+')`, "true"],
    parameters: [required("regex")],
    takesNull: true,
    apply: (input, [regex], runtime) =>
      input !== null && compileRegex(toText(regex)).match(toText(input), spendOf(runtime)) !== undefined,
  },
  {
    name: "regexExtract",
    summary: "The first match of a regular expression, or one of its groups; null without a match.",
    example: [String.raw`'v12.3' | regexExtract('(\d+)\.(\d+)', 1)`, "12"],
    parameters: [required("regex"), optional("group", 0)],
    apply: (input, [regex, group], runtime) => {
      const index = integerArgument(group, "group");
      const text = toText(input);
      const match = compileRegex(toText(regex)).match(text, spendOf(runtime));
      if (match === undefined) return null;
      if (index < 0 || index > match.groups.length) throw new ExpressionError("ARGUMENT", `There is no group ${index}`);
      const place = index === 0 ? match : match.groups[index - 1];
      return place === undefined ? null : text.slice(place.start, place.end);
    },
  },
  {
    name: "regexReplace",
    summary: "Replaces all matches of a regular expression; `$1` stands for its first group.",
    example: [String.raw`'a1b2' | regexReplace('(\d)', '<$1>')`, "a<1>b<2>"],
    parameters: [required("regex"), required("replacement")],
    apply: (input, [regex, replacement], runtime) =>
      replacePattern(toText(input), toText(regex), toText(replacement), runtime),
  },
  {
    name: "format",
    summary: "Fills the arguments into a printf pattern.",
    example: ["'%s-%03d' | format('a', 7)", "a-007"],
    parameters: [{ name: "arguments", isRest: true }],
    apply: (input, [values], runtime) =>
      bounded(runtime, printf(toText(input), Array.isArray(values) ? (values as unknown[]) : [])),
  },
];

function replaceAll(text: string, pairs: unknown, isPattern: boolean, runtime: Runtime): string {
  if (!isMap(pairs)) {
    throw new ExpressionError("ARGUMENT", `\`replace\` needs a map of texts, not ${describe(pairs)}`, {
      hint: "Write it like replace({'old': 'new'}).",
    });
  }
  let result = text;
  for (const [key, value] of mapEntries(pairs)) {
    const replacement = toText(value);
    result = isPattern
      ? replacePattern(result, key, replacement, runtime)
      : replaceText(result, key, replacement, runtime);
    spend(runtime, 1);
    bounded(runtime, result);
  }
  return result;
}

/** Every place of a text in another one; what it would make is counted before it is made. */
export function replaceText(text: string, target: string, replacement: string, runtime: Runtime): string {
  const count = target === "" ? text.length + 1 : text.split(target).length - 1;
  spend(runtime, count);
  if (text.length + count * (replacement.length - target.length) > runtime.charactersMax) tooLong(runtime);
  return bounded(
    runtime,
    text.replaceAll(target, () => replacement),
  );
}

function replacePattern(text: string, pattern: string, replacement: string, runtime: Runtime): string {
  const isBounded = (result: string): string => bounded(runtime, result);
  return replaceMatches(text, compileRegex(pattern), replacement, spendOf(runtime), isBounded);
}

function spendOf(runtime: Runtime): Spend {
  return (steps) => spend(runtime, steps);
}

import { ExpressionError } from "../errors.ts";
import { type Example, type FilterDefinition, optional, required } from "../evaluation/definition.ts";
import { bounded, type Runtime, tooLong } from "../evaluation/runtime.ts";
import { isList, isMap, mapEntries, mapOf, toArray } from "../values/maps.ts";
import { toText } from "../values/text.ts";
import { integerArgument } from "./arguments.ts";

/** Filters that change a text. */
export const textFilters: readonly FilterDefinition[] = [
  {
    name: "abbreviate",
    summary: "Cuts a text to a length, three points included.",
    example: ["'abcdefgh' | abbreviate(5)", "ab..."],
    parameters: [required("length")],
    apply: (input, [length]) => abbreviate(toText(input), integerArgument(length, "length")),
  },
  {
    name: "capitalize",
    summary: "Writes the first character in upper case.",
    example: ["'ab cd' | capitalize", "Ab cd"],
    parameters: [],
    apply: (input) => toText(input).replace(/\S/u, (character) => character.toUpperCase()),
  },
  {
    name: "title",
    summary: "Writes the first character of each word in upper case.",
    example: ["'ab cd' | title", "Ab Cd"],
    parameters: [],
    apply: (input) => toText(input).replaceAll(/(?<=^|\s)\S/gu, (character) => character.toUpperCase()),
  },
  {
    name: "lower",
    summary: "Writes in lower case.",
    example: ["'AbC' | lower", "abc"],
    parameters: [],
    apply: (input) => toText(input).toLowerCase(),
  },
  {
    name: "upper",
    summary: "Writes in upper case.",
    example: ["'abc' | upper", "ABC"],
    parameters: [],
    apply: (input) => toText(input).toUpperCase(),
  },
  {
    name: "trim",
    summary: "Removes white space at both ends.",
    example: ["'  a b ' | trim", "a b"],
    parameters: [],
    apply: (input) => toText(input).trim(),
  },
  {
    name: "string",
    summary: "The text that printing the value gives.",
    example: ["(1 + 1) | string", "2"],
    parameters: [],
    apply: (input) => toText(input),
  },
  {
    name: "startsWith",
    summary: "Whether a text begins with another.",
    example: ["'abc' | startsWith('ab')", "true"],
    parameters: [required("value")],
    apply: (input, [value]) => toText(input).startsWith(toText(value)),
  },
  {
    name: "endsWith",
    summary: "Whether a text ends with another.",
    example: ["'abc' | endsWith('bc')", "true"],
    parameters: [required("value")],
    apply: (input, [value]) => toText(input).endsWith(toText(value)),
  },
  {
    name: "escapeChar",
    summary: "Escapes quotes for a shell or another language; maps and lists through all levels.",
    example: ["\"L'eau\" | escapeChar('shell')", "L'\\''eau"],
    parameters: [required("type", "single, double or shell")],
    apply: (input, [type]) => escapeQuotes(input, toText(type)),
  },
  {
    name: "indent",
    summary: "Puts a prefix before every line but the first.",
    example: ["['a', 'b'] | yaml | indent(2)", "- a\n  - b\n  "],
    parameters: [required("amount"), optional("prefix", " ")],
    apply: (input, [amount, prefix], runtime) => indented(toText(input), amount, prefix, runtime),
  },
  {
    name: "nindent",
    summary: "Begins a new line and puts a prefix before every line; an empty text stays empty.",
    example: ["['a', 'b'] | yaml | trim | nindent(2)", "\n  - a\n  - b"],
    parameters: [required("amount"), optional("prefix", " ")],
    apply: (input, [amount, prefix], runtime) => {
      const text = toText(input);
      return text === "" ? "" : indented(lineBreakOf(text) + text, amount, prefix, runtime);
    },
  },
  {
    name: "nl2br",
    summary: "Replaces line breaks by `<br />`.",
    example: ["['a', 'b'] | yaml | nl2br", "- a<br />- b<br />"],
    parameters: [],
    apply: (input, _given, runtime) => bounded(runtime, toText(input).replaceAll(/\r\n|\n\r|\n|\r/gu, "<br />")),
  },
  {
    name: "slugify",
    summary: "Makes a text fit for an address: small letters, digits and dashes.",
    example: ["'Été à Paris_1' | slugify", "ete-a-paris-1"],
    parameters: [],
    apply: (input) => slugify(toText(input)),
  },
  substring(
    "substringBefore",
    "What stands before the first separator, the whole text without one.",
    ["'a.b.c' | substringBefore('.')", "a"],
    (text, separator) => {
      const index = text.indexOf(separator);
      return index === -1 ? text : text.slice(0, index);
    },
  ),
  substring(
    "substringBeforeLast",
    "What stands before the last separator, the whole text without one.",
    ["'a.b.c' | substringBeforeLast('.')", "a.b"],
    (text, separator) => {
      const index = separator === "" ? -1 : text.lastIndexOf(separator);
      return index === -1 ? text : text.slice(0, index);
    },
  ),
  substring(
    "substringAfter",
    "What stands behind the first separator, nothing without one.",
    ["'a.b.c' | substringAfter('.')", "b.c"],
    (text, separator) => {
      const index = text.indexOf(separator);
      return index === -1 ? "" : text.slice(index + separator.length);
    },
  ),
  substring(
    "substringAfterLast",
    "What stands behind the last separator, nothing without one.",
    ["'a.b.c' | substringAfterLast('.')", "c"],
    (text, separator) => {
      const index = separator === "" ? -1 : text.lastIndexOf(separator);
      return index === -1 ? "" : text.slice(index + separator.length);
    },
  ),
];

function substring(
  name: string,
  summary: string,
  example: Example,
  cut: (text: string, separator: string) => string,
): FilterDefinition {
  return {
    name,
    summary,
    example,
    parameters: [required("separator")],
    apply: (input, [separator]) => cut(toText(input), toText(separator)),
  };
}

function abbreviate(text: string, length: number): string {
  if (length < 0) throw new ExpressionError("ARGUMENT", "The argument `length` must not be negative");
  if (text.length <= length) return text;
  return length <= 3 ? text.slice(0, length) : `${text.slice(0, length - 3)}...`;
}

function indented(text: string, amount: unknown, prefix: unknown, runtime: Runtime): string {
  const repeated = toText(prefix);
  const count = integerArgument(amount, "amount");
  if (count < 0) throw new ExpressionError("ARGUMENT", "The argument `amount` must not be negative");
  const length = repeated.length * count;
  if (length > runtime.charactersMax) tooLong(runtime);
  const lineBreak = lineBreakOf(text);
  const lines = text.split(lineBreak);
  if (text.length + length * lines.length > runtime.charactersMax) tooLong(runtime);
  return lines.join(lineBreak + repeated.repeat(count));
}

/** What ends the lines of a text. */
function lineBreakOf(text: string): string {
  return ["\r\n", "\n\r", "\n", "\r"].find((candidate) => text.includes(candidate)) ?? "\n";
}

const ESCAPES: Readonly<Record<string, readonly [string, string]>> = {
  single: ["'", String.raw`\'`],
  double: ['"', String.raw`\"`],
  shell: ["'", String.raw`'\''`],
};

function escapeQuotes(value: unknown, type: string): unknown {
  const escape = Object.hasOwn(ESCAPES, type) ? ESCAPES[type] : undefined;
  if (escape === undefined) {
    throw new ExpressionError("ARGUMENT", `\`escapeChar\` knows the types single, double and shell, not "${type}"`);
  }
  if (typeof value === "string") return value.replaceAll(escape[0], () => escape[1]);
  if (isList(value)) return toArray(value).map((element) => escapeQuotes(element, type));
  if (isMap(value)) return mapOf(mapEntries(value).map(([key, entry]) => [key, escapeQuotes(entry, type)]));
  return value;
}

function slugify(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/[\s_]+/gu, "-")
    .replaceAll(/[^\w-]/gu, "")
    .replaceAll(/-{2,}/gu, "-")
    .replaceAll(/^-|-$/gu, "")
    .toLowerCase();
}

import { utf8 } from "../hashes/bytes.ts";
import type { Native } from "./environment.ts";
import { JqError } from "./errors.ts";
import { byValue } from "./natives-value.ts";
import { placesOf } from "./paths.ts";
import { expectArray, expectText, jqText, shown } from "./values.ts";

const onText = (name: string, apply: (text: string) => unknown): readonly [string, Native] => [
  `${name}/0`,
  byValue((input) => apply(expectText(input, `cannot be used with ${name}, as it is not a string`))),
];

/** Functions of texts. */
export const textNatives: readonly (readonly [string, Native])[] = [
  onText("ascii_downcase", (text) => text.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase())),
  onText("ascii_upcase", (text) => text.replaceAll(/[a-z]/gu, (letter) => letter.toUpperCase())),
  onText("trim", (text) => text.trim()),
  onText("ltrim", (text) => text.trimStart()),
  onText("rtrim", (text) => text.trimEnd()),
  onText("explode", (text) => Array.from(text, (character) => character.codePointAt(0)!)),
  onText("utf8bytelength", (text) => utf8(text).length),
  ["implode/0", byValue((input) => implode(expectArray(input, "cannot be imploded")))],
  ["ltrimstr/1", byValue(withoutStart)],
  ["rtrimstr/1", byValue(withoutEnd)],
  ["startswith/1", byValue((input, part) => bothTexts(input, part, "startswith")[0].startsWith(String(part)))],
  ["endswith/1", byValue((input, part) => bothTexts(input, part, "endswith")[0].endsWith(String(part)))],
  ["split/1", byValue((input, separator) => split(...bothTexts(input, separator, "split")))],
  ["join/1", byValue((input, separator) => join(expectArray(input, "cannot be joined"), separator))],
  ["indices/1", byValue((input, part) => (input === null ? null : indices(input, part)))],
  ["index/1", byValue((input, part) => (input === null ? null : (indices(input, part)[0] ?? null)))],
  ["rindex/1", byValue((input, part) => (input === null ? null : (indices(input, part).at(-1) ?? null)))],
];

function bothTexts(input: unknown, part: unknown, name: string): [string, string] {
  if (typeof input === "string" && typeof part === "string") return [input, part];
  throw new JqError(`${name}() requires string inputs`);
}

function withoutStart(input: unknown, part: unknown): unknown {
  const isStart = typeof input === "string" && typeof part === "string" && input.startsWith(part);
  return isStart ? input.slice(part.length) : input;
}

function withoutEnd(input: unknown, part: unknown): unknown {
  const isEnd = typeof input === "string" && typeof part === "string" && input.endsWith(part);
  return isEnd ? input.slice(0, input.length - part.length) : input;
}

function split(text: string, separator: string): string[] {
  if (text === "") return [];
  return separator === "" ? Array.from(text) : text.split(separator);
}

function implode(codes: readonly unknown[]): string {
  return codes
    .map((code) => {
      if (typeof code !== "number" || code < 0 || code > 0x10ffff)
        throw new JqError("Unicode codepoint must be numeric");
      return String.fromCodePoint(code);
    })
    .join("");
}

function join(list: readonly unknown[], separator: unknown): string {
  if (list.length === 0) return "";
  const between = expectText(separator, "cannot be used as a separator");
  return list
    .map((element) => {
      if (typeof element === "object" && element !== null)
        throw new JqError(`${shown(element)} cannot be added to a string`);
      return element === null ? "" : jqText(element);
    })
    .join(between);
}

/** Where a text or array occurs in another; offsets of texts count characters. */
function indices(input: unknown, part: unknown): number[] {
  if (typeof input === "string" && typeof part === "string") {
    if (part === "") return [];
    return placesOf(Array.from(input), Array.from(part));
  }
  if (Array.isArray(input)) return placesOf(input, Array.isArray(part) ? part : [part]);
  throw new JqError(`Cannot determine indices of ${shown(part)} in ${shown(input)}`);
}

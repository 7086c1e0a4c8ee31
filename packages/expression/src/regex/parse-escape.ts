import { CLASS_ESCAPES, type CharacterSet, not, propertySet } from "./character-set.ts";
import type { RegexReader } from "./regex-reader.ts";

const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["t", 0x09],
  ["n", 0x0a],
  ["r", 0x0d],
  ["f", 0x0c],
  ["a", 0x07],
  ["e", 0x1b],
]);

/** The set that an escape such as `\d` or `\p{L}` stands for; undefined for other escapes. The backslash was read. */
export function classEscape(reader: RegexReader): CharacterSet | undefined {
  const property = reader.takeMatch(/([pP])(?:\{(\^?)([\w=]+)\}|([A-Z]))/uy);
  if (property !== undefined) {
    const [, letter, caret, long, short] = property;
    const name = long ?? short ?? "";
    const members = propertySet(name) ?? reader.fail(`there is no property "${name}"`);
    return (letter === "P") === (caret === "^") ? members : not(members);
  }
  const letter = reader.takeMatch(/[dDwWsShHvV]|N(?!\{)/uy)?.[0];
  return letter === undefined ? undefined : CLASS_ESCAPES.get(letter);
}

/** The code point of an escape such as `\n`, `\x41` or `\.`; the backslash was read. */
export function readEscapedCode(reader: RegexReader): number {
  const hexadecimal = reader.takeMatch(
    /x([\da-fA-F]{2})|x\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|u\{([\da-fA-F]{1,6})\}/uy,
  );
  if (hexadecimal !== undefined) {
    const code = Number.parseInt(hexadecimal.slice(1).find((digits) => digits !== undefined) ?? "", 16);
    return code > 0x10ffff ? reader.fail("there is no such character") : code;
  }
  const octal = reader.takeMatch(/0([0-3][0-7]{2}|[0-7]{1,2})/uy)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const control = reader.takeMatch(/c([@-_a-z])/uy)?.[1];
  if (control !== undefined) return control.toUpperCase().codePointAt(0)! ^ 0x40;
  const letter = reader.takeMatch(/[a-zA-Z0-9]/uy)?.[0];
  if (letter === undefined) return reader.takeCode();
  return CONTROL_ESCAPES.get(letter) ?? reader.fail(`there is no escape "\\${letter}"`);
}

import type { TaskLogger } from "@capstan/sdk";

const NAME_START = String.raw`A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}\u{200D}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}`;
const NO_NAME_CHARACTER = new RegExp(String.raw`[^:${NAME_START}.\-0-9\u{B7}\u{300}-\u{36F}]`, "gu");
const BEGINS_AS_NAME = new RegExp(`^[${NAME_START}]`, "u");
const SPECIAL = /[&<>\r]/;
// oxlint-disable-next-line no-control-regex -- these are the characters that XML can't hold, not even escaped
const NOT_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/** Writes values as indented elements. */
export function createXmlWriter(log: TaskLogger) {
  const names = new Map<string, string>();

  /** A name that an element may have; the log tells when it is another one. */
  function nameOf(name: string): string {
    const known = names.get(name);
    if (known !== undefined) return known;
    const clean = name.replaceAll(NO_NAME_CHARACTER, "_");
    const result = BEGINS_AS_NAME.test(clean) ? clean : `_${clean}`;
    if (result !== name) log.warn(`"${name}" is no name of an element; it is written as ${result}`);
    names.set(name, result);
    return result;
  }

  function element(name: string, value: unknown, indent: string): string {
    if (Array.isArray(value)) return value.map((entry) => element(name, entry, indent)).join("");
    if (value === null || value === undefined) return `${indent}<${name}/>\n`;
    if (typeof value !== "object") return `${indent}<${name}>${escaped(String(value))}</${name}>\n`;
    const fields = Object.entries(value).map(([key, inner]) => element(nameOf(key), inner, `${indent}  `));
    return `${indent}<${name}>\n${fields.join("")}${indent}</${name}>\n`;
  }

  return {
    name: nameOf,
    /** A record, one level deep; a record that is a list is an item with items. */
    item: (value: unknown): string => element("item", Array.isArray(value) ? { item: value } : value, "  "),
  };
}

function escaped(text: string): string {
  const clean = text.replaceAll(NOT_IN_XML, "\uFFFD");
  return SPECIAL.test(clean) ? clean.replaceAll(/[&<>\r]/g, (character) => ESCAPES[character]!) : clean;
}

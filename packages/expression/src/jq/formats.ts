import { utf8 } from "../hashes/bytes.ts";
import { JqError } from "./errors.ts";
import { jqJson, jqText, shown } from "./values.ts";

/** `@base64`, `@csv` and their kin. */
export function formatText(name: string, value: unknown): string {
  switch (name) {
    case "@text":
      return jqText(value);
    case "@json":
      return jqJson(value);
    case "@csv":
      return cells(value, "csv", (text) => `"${text.replaceAll('"', '""')}"`).join(",");
    case "@tsv":
      return cells(value, "tsv", escapeTabs).join("\t");
    case "@html":
      return jqText(value).replaceAll(/[<>&'"]/gu, (character) => HTML[character]!);
    case "@uri":
      return encodeURIComponent(jqText(value).toWellFormed()).replaceAll(
        /[!'()*]/gu,
        (character) => `%${character.codePointAt(0)!.toString(16).toUpperCase()}`,
      );
    case "@sh":
      return (Array.isArray(value) ? (value as unknown[]) : [value]).map((element) => shellWord(element)).join(" ");
    case "@base64": {
      let binary = "";
      for (const byte of utf8(jqText(value))) binary += String.fromCodePoint(byte);
      return btoa(binary);
    }
    case "@base64d":
      return decodeBase64(jqText(value));
    default:
      throw new JqError(`${name.slice(1)} is not a valid format`);
  }
}

const HTML: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&#39;", '"': "&quot;" };

function cells(value: unknown, format: string, quote: (text: string) => string): string[] {
  if (!Array.isArray(value)) throw new JqError(`${shown(value)} cannot be ${format}-formatted, only an array can be`);
  return value.map((element: unknown) => {
    if (typeof element === "string") return quote(element);
    if (element === null) return "";
    if (typeof element === "object") throw new JqError(`${shown(element)} is not valid in a ${format} row`);
    return jqText(element);
  });
}

function escapeTabs(text: string): string {
  return text
    .replaceAll("\\", String.raw`\\`)
    .replaceAll("\t", String.raw`\t`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);
}

function shellWord(value: unknown): string {
  if (typeof value === "string") return `'${value.replaceAll("'", String.raw`'\''`)}'`;
  if (typeof value === "object" && value !== null) throw new JqError(`${shown(value)} can not be escaped for shell`);
  return jqText(value);
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text.replace(/=+$/u, ""));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0)!));
  } catch {
    throw new JqError(`${shown(text)} is not valid base64 data`);
  }
}

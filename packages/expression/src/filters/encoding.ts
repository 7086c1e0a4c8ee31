import { ExpressionError } from "../errors.ts";
import type { FilterDefinition } from "../evaluation/definition.ts";
import { bounded } from "../evaluation/runtime.ts";
import { utf8 } from "../hashes/bytes.ts";
import { md5 } from "../hashes/md5.ts";
import { sha1 } from "../hashes/sha1.ts";
import { sha256 } from "../hashes/sha256.ts";
import { sha512 } from "../hashes/sha512.ts";
import { toText } from "../values/text.ts";

const onText = (name: string, summary: string, convert: (text: string) => string): FilterDefinition => ({
  name,
  summary,
  parameters: [],
  apply: (input, _given, runtime) => bounded(runtime, convert(toText(input))),
});

/** Filters between texts and their codes. */
export const encodingFilters: readonly FilterDefinition[] = [
  onText("base64encode", "Base64 of the UTF-8 text.", encodeBase64),
  onText("base64decode", "The UTF-8 text of a Base64 text.", decodeBase64),
  onText("urlencode", "Escapes a text for a form or the query of an address.", encodeForm),
  onText("urldecode", "The text of a part of a form or query.", decodeForm),
  onText("md5", "MD5 digest of the text in hexadecimal.", md5),
  onText("sha1", "SHA-1 digest of the text in hexadecimal.", sha1),
  onText("sha256", "SHA-256 digest of the text in hexadecimal.", sha256),
  onText("sha512", "SHA-512 digest of the text in hexadecimal.", sha512),
];

function encodeBase64(text: string): string {
  let binary = "";
  for (const byte of utf8(text)) binary += String.fromCodePoint(byte);
  return btoa(binary);
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text);
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0)!));
  } catch (error) {
    throw new ExpressionError("VALUE", "The text is not Base64", { cause: error });
  }
}

function encodeForm(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()~]/gu, (character) => `%${character.codePointAt(0)!.toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    throw new ExpressionError("VALUE", "The text is not encoded for a form", { cause: error });
  }
}

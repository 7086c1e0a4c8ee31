import { ExpressionError } from "../errors.ts";
import type { Example, FilterDefinition } from "../evaluation/definition.ts";
import { bounded } from "../evaluation/runtime.ts";
import { utf8 } from "../hashes/bytes.ts";
import { md5 } from "../hashes/md5.ts";
import { sha1 } from "../hashes/sha1.ts";
import { sha256 } from "../hashes/sha256.ts";
import { sha512 } from "../hashes/sha512.ts";
import { toText } from "../values/text.ts";

const onText = (
  name: string,
  summary: string,
  example: Example,
  convert: (text: string) => string,
): FilterDefinition => ({
  name,
  summary,
  example,
  parameters: [],
  apply: (input, _given, runtime) => bounded(runtime, convert(toText(input))),
});

/** Filters between texts and their codes. */
export const encodingFilters: readonly FilterDefinition[] = [
  onText("base64encode", "Base64 of the UTF-8 text.", ["'a' | base64encode", "YQ=="], encodeBase64),
  onText("base64decode", "The UTF-8 text of a Base64 text.", ["'YQ==' | base64decode", "a"], decodeBase64),
  onText(
    "urlencode",
    "Escapes a text for a form or the query of an address.",
    ["'a b&c' | urlencode", "a+b%26c"],
    encodeForm,
  ),
  onText("urldecode", "The text of a part of a form or query.", ["'a+b%26c' | urldecode", "a b&c"], decodeForm),
  onText("md5", "MD5 digest of the text in hexadecimal.", ["'a' | md5", "0cc175b9c0f1b6a831c399e269772661"], md5),
  onText(
    "sha1",
    "SHA-1 digest of the text in hexadecimal.",
    ["'a' | sha1", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
    sha1,
  ),
  onText(
    "sha256",
    "SHA-256 digest of the text in hexadecimal.",
    ["'a' | sha256", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
    sha256,
  ),
  onText(
    "sha512",
    "SHA-512 digest of the text in hexadecimal.",
    ["'a' | sha512 | abbreviate(20)", "1f40fc92da2416947..."],
    sha512,
  ),
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

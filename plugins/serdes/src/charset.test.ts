import type { TaskLogger } from "@capstan/sdk";
import { expect, test } from "vitest";
import { decoded, encoderOf } from "./charset.ts";

function logInto(warnings: string[]): TaskLogger {
  const none = () => undefined;
  return { trace: none, debug: none, info: none, warn: (message) => void warnings.push(message), error: none };
}

/** The text of bytes that come in pieces of some size. */
async function read(bytes: Uint8Array, charset: string, warnings: string[] = [], size = 3): Promise<string> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return (await Array.fromAsync(decoded(pieces(), charset, logInto(warnings)))).join("");
}

const TEXT = "aé€😀";

test.each([
  ["UTF-8", Buffer.from(TEXT), TEXT],
  ["utf8", Buffer.from(`\uFEFF${TEXT}`), TEXT],
  ["UTF-16LE", Buffer.from(TEXT, "utf16le"), TEXT],
  ["UTF-16BE", Buffer.from(TEXT, "utf16le").swap16(), TEXT],
  ["UTF-16", Buffer.from(TEXT, "utf16le").swap16(), TEXT],
  ["UTF-16", Buffer.from(`\uFEFF${TEXT}`, "utf16le"), TEXT],
  ["UTF-16", Buffer.from(`\uFEFF${TEXT}`, "utf16le").swap16(), TEXT],
  ["ISO-8859-1", Buffer.from([0x61, 0xe9, 0x80]), "aé\u0080"],
  ["ISO8859_1", Buffer.from([0xe9]), "é"],
  ["windows-1252", Buffer.from([0x61, 0xe9, 0x80]), "aé€"],
  ["Cp1252", Buffer.from([0x80]), "€"],
  ["ISO-8859-15", Buffer.from([0xa4]), "€"],
  ["US-ASCII", Buffer.from("a"), "a"],
  ["Shift_JIS", Buffer.from([0x83, 0x65, 0x41]), "テA"],
])("%s is read", async (charset, bytes, expected) => {
  for (const size of [1, 2, 3, 100]) {
    const warnings: string[] = [];
    expect(await read(bytes, charset, warnings, size)).toBe(expected);
    expect(warnings).toEqual([]);
  }
});

test.each([
  ["UTF-8", Buffer.from([0x61, 0xe9, 0x62, 0xe9]), "a\uFFFDb\uFFFD"],
  ["US-ASCII", Buffer.from([0x61, 0xe9]), "a\uFFFD"],
])("bytes that mean nothing in %s are told once", async (charset, bytes, expected) => {
  const warnings: string[] = [];
  expect(await read(bytes, charset, warnings, 1)).toBe(expected);
  expect(warnings).toEqual([expect.stringContaining(`no text in ${charset}`)]);
});

test.each([
  ["UTF-8", Buffer.from(TEXT)],
  ["UTF-16LE", Buffer.from(TEXT, "utf16le")],
  ["UTF-16BE", Buffer.from(TEXT, "utf16le").swap16()],
  ["UTF-16", Buffer.from(`\uFEFF${TEXT}`, "utf16le").swap16()],
])("%s is written", (charset, expected) => {
  const encode = encoderOf(charset, logInto([]));
  expect(Buffer.concat(["aé", "€😀"].map(encode))).toEqual(expected);
});

test.each([
  ["ISO-8859-1", [0x61, 0xe9, 0x3f, 0x3f]],
  ["windows-1252", [0x61, 0xe9, 0x80, 0x3f]],
  ["US-ASCII", [0x61, 0x3f, 0x3f, 0x3f]],
])("what %s lacks is told once, and a question mark", (charset, expected) => {
  const warnings: string[] = [];
  const encode = encoderOf(charset, logInto(warnings));
  expect([...encode(TEXT), ...encode("€").subarray(1)]).toEqual(expected);
  encode("😀");
  expect(warnings).toEqual([`Some characters do not exist in ${charset}; they are written as "?".`]);
});

test.each(["EBCDIC", "replacement", ""])("the charset %j is refused", async (charset) => {
  await expect(read(Buffer.from("a"), charset)).rejects.toThrow(`The charset "${charset}" is not known`);
  expect(() => encoderOf(charset, logInto([]))).toThrow("is not known");
});

test("a charset with several bytes a character is read only", () => {
  expect(() => encoderOf("Shift_JIS", logInto([]))).toThrow("can be read, but not written");
});

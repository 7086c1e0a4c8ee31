import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "./lines.ts";
import { readIon } from "./read-ion.ts";
import { readRecords, recordLine } from "./records.ts";

test.each([
  ["a\nb\n", "\n", ["a", "b"]],
  ["a\nb", "\n", ["a", "b"]],
  ["\n\n", "\n", ["", ""]],
  ["a--b-c--", "--", ["a", "b-c"]],
  ["", "\n", []],
])("%j splits at %j", async (content, separator, expected) => {
  for (const size of [1, 2, 100]) {
    const bytes = Buffer.from(content);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    expect(await Array.fromAsync(readLines(Readable.from(pieces), separator))).toEqual(expected);
  }
});

test("a character cut by the end of a piece is put together", async () => {
  const bytes = Buffer.from("ä€\n😀");
  const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  expect(await Array.fromAsync(readLines(Readable.from(pieces)))).toEqual(["ä€", "😀"]);
});

test.each([
  ["{a:1,'b c':\"x\", d: [true, null, 1.5d2, -0x1F]}", [{ a: 1, "b c": "x", d: [true, null, 150, -31] }]],
  [
    "$ion_1_0 2024-03-01T10:00:00.5Z 2024-03-01 hello note::'w o'",
    ["2024-03-01T10:00:00.5Z", "2024-03-01", "hello", "w o"],
  ],
  ["'''long ''' '''text''' null.string {{ aGk= }} (a 1) nan", ["long text", null, "aGk=", ["a", 1], null]],
  [String.raw`"a\nbä\x41" // comment`, ["a\nbäA"]],
])("Ion %j", (source, expected) => {
  expect(readIon(source)).toEqual(expected);
});

test("records may be JSON or Ion, and blank lines are left out", async () => {
  const records = await Array.fromAsync(readRecords(Readable.from(['{"a":1}\n\n{a:2}\n3\n'])));
  expect(records.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }, 3]);
  expect(records[1]!.line).toBe("{a:2}");
});

test("a line that is no record is named", async () => {
  await expect(Array.fromAsync(readRecords(Readable.from(["1\n{a\n"])))).rejects.toThrow("Line 2 is no record");
});

test("a written record is one line that reads back", async () => {
  const value = { a: "line\nbreak", b: [1, null] };
  const records = await Array.fromAsync(readRecords(Readable.from([recordLine(value)])));
  expect(records.map((record) => record.value)).toEqual([value]);
});

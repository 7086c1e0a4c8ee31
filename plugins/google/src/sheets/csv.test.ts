import { expect, test } from "vitest";
import { csvRows } from "./csv.ts";

const rowsOf = async (pieces: readonly string[], options = { fieldDelimiter: ",", quote: '"' }) => {
  async function* content() {
    yield* pieces;
  }
  return Array.fromAsync(csvRows(content(), options));
};

test.each([
  [
    "plain values",
    "a,b\n1,2\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "no end of the last line",
    "a,b\n1,",
    [
      ["a", "b"],
      ["1", ""],
    ],
  ],
  [
    "line ends of Windows",
    "a,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["quotes", '"a,""b""","x\ny"\n', [['a,"b"', "x\ny"]]],
  ["a quote in the middle of a value", 'a"b,c\n', [['a"b', "c"]]],
  ["an empty value in quotes", '"",a\n', [["", "a"]]],
  ["empty lines", "a\n\nb\n", [["a"], ["b"]]],
  ["nothing", "", []],
])("%s are read, in whatever pieces they come", async (_, source, expected) => {
  expect(await rowsOf([source])).toEqual(expected);
  expect(await rowsOf(source.split(""))).toEqual(expected);
});

test("other separators and quotes are as they are named", async () => {
  expect(await rowsOf(["'a;b';c\n"], { fieldDelimiter: ";", quote: "'" })).toEqual([["a;b", "c"]]);
});

test("separators of several characters are refused", async () => {
  await expect(rowsOf(["a||b"], { fieldDelimiter: "||", quote: '"' })).rejects.toThrow(/one character each/);
});

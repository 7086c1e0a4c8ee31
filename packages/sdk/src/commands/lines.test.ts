import { expect, test } from "vitest";
import { createLineReader, LINE_CHARACTERS_MAX } from "./lines.ts";

function read(chunks: readonly (string | Buffer)[], limit?: number): string[] {
  const lines: string[] = [];
  const reader = createLineReader((line) => lines.push(line), limit);
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  reader.end();
  return lines;
}

test.each([
  { name: "lines in one chunk", chunks: ["a\nb\n"], lines: ["a", "b"] },
  { name: "a line over several chunks", chunks: ["a", "b", "c\n"], lines: ["abc"] },
  { name: "a last line without an end", chunks: ["a\nb"], lines: ["a", "b"] },
  { name: "empty lines", chunks: ["\n\na\n"], lines: ["", "", "a"] },
  { name: "a carriage return before the line end", chunks: ["a\r\nb\r\n"], lines: ["a", "b"] },
  { name: "a line end over two chunks", chunks: ["a\r", "\nb\r", "c\r\n"], lines: ["a", "b", "c"] },
  { name: "what a bar of progress draws", chunks: ["10%\r20", "%\r", "done\n"], lines: ["10%", "20%", "done"] },
  { name: "empty lines after carriage returns", chunks: ["a\r", "\n\n\r\r"], lines: ["a", "", "", ""] },
  { name: "nothing at all", chunks: [], lines: [] },
])("reads $name", ({ chunks, lines }) => {
  expect(read(chunks)).toEqual(lines);
});

test("joins a character whose bytes are in two chunks", () => {
  const bytes = Buffer.from("ä\n");
  expect(read([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(["ä"]);
});

test("shows bytes that are no UTF-8 as replacement characters", () => {
  expect(read([Buffer.from([0x61, 0xff, 0x62, 0x0a])])).toEqual(["a\uFFFDb"]);
});

test("keeps a line of exactly the limit and drops what is beyond it", () => {
  expect(read(["12345\n", "12345", "678\n", "next\n"], 5)).toEqual(["12345", "12345", "next"]);
});

test("a line without end takes no more memory than the limit", () => {
  const lines: string[] = [];
  const reader = createLineReader((line) => lines.push(line));
  const chunk = Buffer.alloc(1_000_000, "x");
  for (let count = 0; count < 20; count += 1) reader.push(chunk);
  reader.end();
  expect(lines.map(({ length }) => length)).toEqual([LINE_CHARACTERS_MAX]);
});

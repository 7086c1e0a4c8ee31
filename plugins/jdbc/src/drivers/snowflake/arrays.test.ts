import { expect, test } from "vitest";
import { arraysIn } from "./arrays.ts";

async function read(text: string, size: number): Promise<readonly string[]> {
  const bytes = Buffer.from(text);
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  return Array.fromAsync(
    arraysIn(
      (async function* () {
        yield* pieces();
      })(),
    ),
  );
}

const ROWS = [["a", null], ["]],[", '\\"]'], ["äß€"], [], [["in"], "[\n"]];

test.each([1, 2, 3, 7, 1000])("arrays are found in pieces of %s bytes", async (size) => {
  const found = await read(ROWS.map((row) => JSON.stringify(row)).join(",\n"), size);
  expect(found.map((text) => JSON.parse(text) as unknown)).toEqual(ROWS);
});

test("nothing has none", async () => {
  expect(await read("", 1)).toEqual([]);
});

test.each(['["a"],["b"', '["a","'])("what breaks off in %s is no end", async (text) => {
  await expect(read(text, 3)).rejects.toThrow("a file of rows was broken off");
});

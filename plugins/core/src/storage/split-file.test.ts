import { createTestWorld } from "@capstan/sdk/test-kit";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { splitFile, SPLIT_PARTS_OPEN_MAX, type SplitRule } from "./split-file.ts";

async function partsOf(content: string | readonly string[], rule: SplitRule): Promise<string[]> {
  await using world = createTestWorld();
  const folder = join(await world.workingDirectory(), "parts");
  const paths = await splitFile(Readable.from([content].flat()), rule, folder);
  return await Promise.all(paths.map((path) => readFile(path, "utf8")));
}

test.each<[string, string, SplitRule, string[]]>([
  ["rows", "1\n2\n3\n", { rows: 2 }, ["1\n2\n", "3\n"]],
  ["rows, a last line without its end", "1\n2\n3", { rows: 2 }, ["1\n2\n", "3\n"]],
  ["bytes", "11\n22\n333333\n4\n5\n", { bytes: 6 }, ["11\n22\n", "333333\n", "4\n5\n"]],
  ["partitions in turn", "1\n2\n3\n4\n5\n", { partitions: 2 }, ["1\n3\n5\n", "2\n4\n"]],
  ["more partitions than lines", "1\n2\n", { partitions: 5 }, ["1\n", "2\n"]],
  ["a pattern's group", "a:1\nb:2\n?\na:3\n", { regexPattern: "^(\\w):" }, ["a:1\na:3\n", "b:2\n"]],
  ["a pattern in Java's notation", "Ab\nab\nc\n", { regexPattern: "(?i)^(a\\p{Lower}++)" }, ["Ab\n", "ab\n"]],
  [
    "a pattern on which the platform's matcher never ends",
    `${"a".repeat(50)}!\nab\n`,
    { regexPattern: "(a|a)+(b)$" },
    ["ab\n"],
  ],
  ["an own separator", "1;2;3", { rows: 2, separator: ";" }, ["1;2;", "3;"]],
  ["nothing", "", { rows: 2 }, []],
  ["bytes that end within a line", "11\n22\n33\n", { bytes: 4 }, ["11\n22\n", "33\n"]],
  ["the pattern before all", "a\nb\n", { regexPattern: "(a)", bytes: 1, partitions: 1, rows: 1 }, ["a\n"]],
  ["bytes before partitions", "a\nb\n", { bytes: 2, partitions: 1, rows: 2 }, ["a\n", "b\n"]],
  ["partitions before rows", "a\nb\n", { partitions: 1, rows: 1 }, ["a\nb\n"]],
])("splits by %s", async (_name, content, rule, expected) => {
  expect(await partsOf(content, rule)).toEqual(expected);
});

test("a large file goes through without being held in memory", async () => {
  const line = `${"x".repeat(999)}\n`;
  const pieces = Array.from({ length: 2_000 }, () => line.repeat(5));
  const parts = await partsOf(pieces, { partitions: 3 });
  expect(parts.map(({ length }) => length)).toEqual([3_334_000, 3_333_000, 3_333_000]);
});

test("a rule without a number, an unreadable one, and none at all, are refused", async () => {
  await expect(partsOf("a", { rows: 0 })).rejects.toThrow("`rows` must be at least 1, not 0");
  await expect(partsOf("a", { regexPattern: "(a" })).rejects.toThrow('"(a" is no regular expression');
  await expect(partsOf("a", {})).rejects.toThrow("Give one of `regexPattern`");
});

test("as many parts as allowed may be open, but not one more", async () => {
  const lines = Array.from({ length: SPLIT_PARTS_OPEN_MAX }, (_, index) => `k${index}\n`);
  expect(await partsOf(lines.join(""), { regexPattern: "(.*)" })).toHaveLength(SPLIT_PARTS_OPEN_MAX);
  await expect(partsOf(`${lines.join("")}more\n`, { regexPattern: "(.*)" })).rejects.toThrow("1000 parts at most");
});

test("a part that can't be written fails the split", async () => {
  await using world = createTestWorld();
  const folder = await world.workingDirectory();
  await mkdir(join(folder, "part-1"));
  const lines = Array.from({ length: 50 }, (_, index) => `${index}${"x".repeat(10_000)}\n`);
  await expect(splitFile(Readable.from(lines), { partitions: 2 }, folder)).rejects.toThrow("EISDIR");
});

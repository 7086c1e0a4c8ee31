import { expect, test } from "vitest";
import { matchesGlob } from "./globs.ts";

test.each([
  ["a.txt", "a.txt", true],
  ["a.txt", "./a.txt", true],
  ["a.txt", "glob:*.txt", true],
  ["axtxt", "a.txt", false],
  ["dir/a.txt", "*.txt", false],
  ["dir/a.txt", "**.txt", true],
  ["dir/deep/a.txt", "dir/**", true],
  ["a.txt", "**/a.txt", true],
  ["dir/deep/a.txt", "**/a.txt", true],
  ["dir/b.txt", "**/a.txt", false],
  ["ab", "a?", true],
  ["a/", "a?", false],
  ["b1", "[a-c]1", true],
  ["d1", "[a-c]1", false],
  ["d1", "[!a-c]1", true],
  ["-", "[a-]", true],
  ["]", "[]]", true],
  ["a.csv", "a.{csv,json}", true],
  ["a.json", "a.{csv,json}", true],
  ["a.", "a.{csv,json}", false],
  ["a.", "a.{,json}", true],
  ["x/1.gz", "{x,y/{1,2}}/*.gz", true],
  ["y/2/1.gz", "{x,y/{1,2}}/*.gz", true],
  ["y/1.gz", "{x,y/{1,2}}/*.gz", false],
  ["[", "[", true],
  ["{a", "{a", true],
  ["b", "[z-a]", false],
  ["a+b", "a+b", true],
  ["dir/a1.txt", String.raw`regex:dir/.*\d\.(txt|csv)`, true],
  ["dir/a1.txt", "regex:/dir/.*", true],
  ["dir/a1.txt", "regex:a1", false],
])("%s and %s: %s", (path, glob, expected) => {
  expect(matchesGlob(path, glob)).toBe(expected);
});

test("a glob made of nothing but wildcards is decided quickly", () => {
  expect(matchesGlob(`${"a".repeat(3000)}b`, "**/*a".repeat(100))).toBe(false);
});

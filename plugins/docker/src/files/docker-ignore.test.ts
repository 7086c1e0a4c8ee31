import { expect, test } from "vitest";
import { dockerIgnore } from "./docker-ignore.ts";

const RULES = "# a comment\n*.log\n/node_modules/\n**/secret\nbuild\n!build/kept\n./docs/*.md\r\n\n";

test.each([
  ["a.log", true],
  ["deep/a.log", false],
  ["node_modules/a/b.js", true],
  ["deep/node_modules/a.js", false],
  ["secret", true],
  ["deep/er/secret", true],
  ["build/a", true],
  ["build/kept", false],
  ["docs/a.md", true],
  ["docs/deep/a.md", false],
  ["src/index.ts", false],
])("%s is left out of the context: %s", (path, isIgnored) => {
  expect(dockerIgnore(RULES)(path)).toBe(isIgnored);
});

test("without rules nothing is left out", () => {
  expect(dockerIgnore("")("a")).toBe(false);
});

import { expect, test } from "vitest";
import { wrapText } from "./wrap-text.ts";

test.each([
  ["a bb ccc", 5, "", "a bb\nccc"],
  ["a bb ccc", 6, "  ", "  a bb\n  ccc"],
  ["much-too-long a", 5, "", "much-too-long\na"],
  ["already\nbroken  here", 40, "", "already broken here"],
  ["日本 語", 5, "", "日本\n語"],
  ["", 5, "  ", "  "],
])("%j at %d columns", (text, width, indent, expected) => {
  expect(wrapText(text, width, indent)).toBe(expected);
});

import { expect, test } from "vitest";
import { slugify } from "./slugify.ts";

test.each([
  ["Été à Paris_1", "ete-a-paris-1"],
  ["already-fine", "already-fine"],
  ["a.b/c", "abc"],
  ["two  words", "two-words"],
])("%s becomes %s", (text, slug) => {
  expect(slugify(text)).toBe(slug);
});

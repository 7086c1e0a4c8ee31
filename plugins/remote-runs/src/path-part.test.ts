import { expect, test } from "vitest";
import { pathPart } from "./path-part.ts";

test.each([
  ["daily", "daily"],
  ["a/b?c#d", "a%2Fb%3Fc%23d"],
  ["..a", "..a"],
])("%s becomes one part of a path", (name, part) => {
  expect(pathPart(name)).toBe(part);
});

test.each(["", " ", ".", ".."])("%j leads elsewhere and is refused", (name) => {
  expect(() => pathPart(name)).toThrow("is no id or name. Check the expression that it comes from.");
});

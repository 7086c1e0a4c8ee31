import { expect, test } from "vitest";
import { indexedText, searchableJson } from "./labels.ts";

test("JSON loses the character 0 and nothing else", () => {
  expect(searchableJson({ "a\0b": "\\u0000\0\\\0" })).toBe(JSON.stringify({ "a\uFFFDb": "\\u0000\uFFFD\\\uFFFD" }));
});

test("texts that an index can't hold are told apart by their digests", () => {
  expect(indexedText("short")).toBe("short");
  const [one, other] = ["x".repeat(5_000), `${"x".repeat(4_999)}y`].map(indexedText);
  expect(one).not.toBe(other);
  expect(one).toMatch(/^sha256:[\da-f]{64}$/);
});

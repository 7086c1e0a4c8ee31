import { expect, test } from "vitest";
import { parseJsonValue, withLongDigits } from "./json-value.ts";

test.each([
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  [
    '{"a":[-9007199254740993,1.5,"9007199254740993",null]}',
    { a: ["-9007199254740993", 1.5, "9007199254740993", null] },
  ],
  ["1234567890.1234567890123456", 1234567890.1234567],
  ["1e300", 1e300],
])("%s keeps every digit of its whole numbers", (text, value) => {
  expect(parseJsonValue(text)).toEqual(value);
});

test("long whole numbers are written as their digits", () => {
  expect(JSON.stringify({ long: 2n ** 53n + 1n, short: 7n, text: "x" }, withLongDigits)).toBe(
    '{"long":"9007199254740993","short":7,"text":"x"}',
  );
});

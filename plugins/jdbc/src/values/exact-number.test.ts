import { expect, test } from "vitest";
import { exactNumber, singleValue } from "./exact-number.ts";

test.each([
  ["0", 0],
  ["-12", -12],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9007199254740993", "-9007199254740993"],
  ["12.50", 12.5],
  ["5.00", 5],
  ["-0.1", -0.1],
  ["0.0000000000000001", 0.0000000000000001],
  ["123456789012.345", 123456789012.345],
  ["1234567890123.456", "1234567890123.456"],
  ["0.12345678901234567", "0.12345678901234567"],
  ["9007199254740993.5", "9007199254740993.5"],
  [`0.${"0".repeat(400)}1`, `0.${"0".repeat(400)}1`],
  [`1${"0".repeat(400)}`, `1${"0".repeat(400)}`],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
])("%s is %j", (digits, value) => {
  expect(exactNumber(digits)).toBe(value);
});

test.each([1.1, 0, -2.5, 16777216, 3.4028235e38, 0.123456789, Infinity])("%d in single precision", (number) => {
  const value = singleValue(Math.fround(number));
  expect(Math.fround(Number(value))).toBe(Math.fround(number));
  expect(String(value).length).toBeLessThanOrEqual(String(Math.fround(number)).length);
});

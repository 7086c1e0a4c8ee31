import { expect, test } from "vitest";
import { exactInteger, exactNumber, floatValue } from "./exact-number.ts";

test.each([
  ["0", 0],
  ["-12", -12],
  ["007", 7],
  ["12.50", 12.5],
  ["5.00", 5],
  [".5", 0.5],
  ["-0.1", -0.1],
  ["+2.5", 2.5],
  ["0E-10", 0],
  ["1E+2", 100],
  ["1.5e2", 150],
  ["-1e-130", -1e-130],
  ["9007199254740991", 9_007_199_254_740_991],
  ["9007199254740993", "9007199254740993"],
  ["-9007199254740993", "-9007199254740993"],
  ["100000000000000000000", "100000000000000000000"],
  ["1e20", "1e20"],
  ["1234567890123.456", 1_234_567_890_123.456],
  ["0.1234567890123456", 0.1234567890123456],
  ["0.30000000000000004", 0.30000000000000004],
  ["0.12345678901234567", "0.12345678901234567"],
  ["0.12345678901234567890", "0.12345678901234567890"],
  ["9007199254740993.5", "9007199254740993.5"],
  [`0.${"0".repeat(400)}1`, `0.${"0".repeat(400)}1`],
  [`1${"0".repeat(400)}`, `1${"0".repeat(400)}`],
  ["1e400", "1e400"],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
  ["", ""],
  [".", "."],
  [" 1", " 1"],
  ["0x1F", "0x1F"],
])("%s becomes %j", (written, value) => {
  expect(exactNumber(written)).toBe(value);
});

test("every number comes back from how JavaScript writes it", () => {
  for (let index = 1; index <= 1_000; index += 1) {
    const number = Math.sin(index) * 10 ** ((index % 60) - 45);
    expect(exactNumber(String(number))).toBe(number);
  }
});

test("whole numbers beyond those of JavaScript are their digits", () => {
  expect([exactInteger(2n ** 53n - 1n), exactInteger(2n ** 53n), exactInteger(-(2n ** 60n))]).toEqual([
    2 ** 53 - 1,
    "9007199254740992",
    "-1152921504606846976",
  ]);
});

test("what JSON has no number for is a text", () => {
  expect([floatValue(0.1), floatValue(Number.NaN), floatValue(-Infinity)]).toEqual([0.1, "NaN", "-Infinity"]);
});

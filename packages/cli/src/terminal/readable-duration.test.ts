import { expect, test } from "vitest";
import { readableDuration } from "./readable-duration.ts";

test.each([
  [-5, "0ms"],
  [0, "0ms"],
  [999, "999ms"],
  [1000, "1.00s"],
  [9_999, "9.99s"],
  [59_999, "59.9s"],
  [60_000, "1m 00s"],
  [3_599_999, "59m 59s"],
  [7_500_000, "2h 05m"],
  [273_600_000, "3d 04h"],
])("%d ms reads as %s", (ms, text) => {
  expect(readableDuration(ms)).toBe(text);
});

import { expect, test } from "vitest";
import { parseTimeLimit } from "./time-limit.ts";

test.each([
  ["30s", 30_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["250ms", 250],
  ["1.5s", 1500],
  ["PT1H", 3_600_000],
  ["P90D", 2_147_483_647],
])("%s is %i milliseconds", (text, limitMs) => {
  expect(parseTimeLimit("--timeout", text)).toBe(limitMs);
});

test.each(["0s", "PT0S", "PT-5S"])("%j is refused as no time at all", (text) => {
  expect(() => parseTimeLimit("--timeout", text)).toThrow(`--timeout ${text}: it must be longer than nothing`);
});

test.each(["", "soon", "10", "-5s", "5 m"])("%j is refused", (text) => {
  expect(() => parseTimeLimit("--timeout", text)).toThrow("not a duration");
});

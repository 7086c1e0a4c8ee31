import { expect, test } from "vitest";
import { lookbackMs } from "./lookback.ts";

test.each([
  ["10m", 600_000],
  [" 1h30m ", 5_400_000],
  ["1.5s", 1_500],
  ["250ms", 250],
  ["1d", 86_400_000],
  ["2w", 1_209_600_000],
  ["PT10M", 600_000],
  ["P1D", 86_400_000],
])("%s is %d milliseconds", (since, milliseconds) => {
  expect(lookbackMs(since)).toBe(milliseconds);
});

test.each(["", "10", "m", "10 m", "-10m", "0m", "10x", "10m later", "PT-5M"])("%j is refused", (since) => {
  expect(() => lookbackMs(since)).toThrow(
    `\`since\` is "${since}", which is no length of time. Give one such as 10m, 1h30m or PT10M.`,
  );
});

import { expect, test } from "vitest";
import { formatDuration, meantDuration, parseDuration } from "./duration.ts";

test.each([
  ["PT1H30M", 5_400_000],
  ["PT-5M", -300_000],
  ["-PT5M", -300_000],
  ["P1DT2H", 93_600_000],
  ["P2W", 1_209_600_000],
  ["PT0.250S", 250],
  ["PT1,5S", 1_500],
  ["pt10s", 10_000],
  ["P1D", 86_400_000],
  ["PT0S", 0],
  [" PT1S ", 1_000],
])("%s is %i milliseconds", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(["", "P", "PT", "P1DT", "1H", "PT1X", "P1M", "P1Y", "PT1M1H", "{{ inputs.d }}"])(
  "%s is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "PT0S"],
  [5_400_000, "PT1H30M"],
  [86_400_000, "PT24H"],
  [250, "PT0.25S"],
  [-300_000, "PT-5M"],
  [61_001, "PT1M1.001S"],
])("%i milliseconds are written %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  ["30s", "PT30S"],
  ["5 minutes", "PT5M"],
  ["1 Hour", "PT1H"],
  ["2d", "PT48H"],
  ["1w", "PT168H"],
  ["30", undefined],
  ["1 month", undefined],
  ["3ms", undefined],
  ["1.5h", undefined],
  ["s", undefined],
])("%s is meant as %s", (text, meant) => {
  expect(meantDuration(text)).toBe(meant);
});

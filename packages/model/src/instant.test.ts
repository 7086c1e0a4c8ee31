import { expect, test } from "vitest";
import { instantText } from "./instant.ts";

test("moments are shown with their milliseconds, whatever was shown before", () => {
  const shown = [0, 1, 1, 1_700_000_000_000, 0, 253_402_300_800_000].map(instantText);
  expect(shown).toEqual([
    "1970-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.001Z",
    "1970-01-01T00:00:00.001Z",
    "2023-11-14T22:13:20.000Z",
    "1970-01-01T00:00:00.000Z",
    "+010000-01-01T00:00:00.000Z",
  ]);
  expect(() => instantText(Number.NaN)).toThrow(RangeError);
  expect(instantText(0)).toBe("1970-01-01T00:00:00.000Z");
});

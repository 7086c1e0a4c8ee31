import { expect, test } from "vitest";
import { isTruthy, parseInstant } from "./index.ts";

test.each([
  ["2024-03-01T10:00:00Z", "2024-03-01T10:00:00.000Z"],
  ["2024-03-01T10:00+02:00[Europe/Paris]", "2024-03-01T08:00:00.000Z"],
  ["2024-03-01", "2024-03-01T00:00:00.000Z"],
])("%s is a point in time", (source, expected) => {
  expect(new Date(parseInstant(source)!).toISOString()).toBe(expected);
});

test.each(["2024-03-01T10:00:00", "yesterday", "2024-13-01T00:00:00Z", ""])("%j is no point in time", (source) => {
  expect(parseInstant(source)).toBeUndefined();
});

test("null, blank, false and zero texts are false, anything else is true", () => {
  expect([null, undefined, "", "  ", "false", "0", "-0", " false "].map(isTruthy)).not.toContain(true);
  expect(["true", "no", "1", "null", "False", "{}"].map(isTruthy)).not.toContain(false);
});

import { expect, test } from "vitest";
import { sinceDate } from "./execution-list.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test.each([
  ["2h", "2026-03-01T10:00:00.000Z"],
  ["60d", "2025-12-31T12:00:00.000Z"],
  ["PT30M", "2026-03-01T11:30:00.000Z"],
  ["2026-01-31", "2026-01-31T00:00:00.000Z"],
])("since %s is %s", (text, date) => {
  expect(sinceDate(text, NOW)).toBe(date);
});

test("a time that is none is told with both ways to write one", () => {
  expect(() => sinceDate("yesterday", NOW)).toThrow(/^--since yesterday: no time — write it as 2h, .*2026-01-31/);
});

import { expect, test } from "vitest";
import { instantOfClock, instantText, localText, timeZoneOf } from "./date-times.ts";

test.each([
  ["2024-03-01 10:00:00+00", undefined, "2024-03-01T10:00:00Z"],
  ["2024-03-01 10:00:00.120000+00", undefined, "2024-03-01T10:00:00.12Z"],
  ["2024-03-01 10:00:00.123456+05:30", undefined, "2024-03-01T04:30:00.123456Z"],
  ["1890-01-01 00:19:32+00:19:32", undefined, "1890-01-01T00:00:00Z"],
  ["2024-07-01 10:00:00+00", "Europe/Paris", "2024-07-01T12:00:00+02:00"],
  ["2024-12-01 10:00:00.5+00", "Europe/Paris", "2024-12-01T11:00:00.5+01:00"],
  ["2024-12-01 10:00:00+00", "UTC", "2024-12-01T10:00:00+00:00"],
  ["infinity", "UTC", "infinity"],
  ["0044-03-15 12:00:00+00 BC", undefined, "0044-03-15 12:00:00+00 BC"],
  ["12024-03-01 10:00:00+00", undefined, "12024-03-01 10:00:00+00"],
])("%s in %s is %s", (text, zone, shown) => {
  expect(instantText(text, zone)).toBe(shown);
});

test.each([
  ["2024-03-01 10:00:00", "2024-03-01T10:00:00"],
  ["2024-03-01 10:00:00.500000", "2024-03-01T10:00:00.5"],
  ["2024-03-01 10:00:00.000000", "2024-03-01T10:00:00"],
  ["0000-00-00 00:00:00", "0000-00-00T00:00:00"],
  ["-infinity", "-infinity"],
])("%s without a zone is %s", (text, shown) => {
  expect(localText(text)).toBe(shown);
});

test.each([
  ["2024-07-01 12:00:00", "Europe/Paris", undefined, "2024-07-01T10:00:00Z"],
  ["2024-07-01 12:00:00.25", "+02:00", "UTC", "2024-07-01T10:00:00.25+00:00"],
  ["0000-00-00 00:00:00", "UTC", undefined, "0000-00-00T00:00:00"],
])("a clock that shows %s in %s, and is shown in %s, means %s", (text, from, zone, shown) => {
  expect(instantOfClock(text, from, zone)).toBe(shown);
});

test("zones are known, or refused", () => {
  expect(["Europe/Paris", "+02:00", "", undefined].map(timeZoneOf)).toEqual([
    "Europe/Paris",
    "+02:00",
    undefined,
    undefined,
  ]);
  expect(() => timeZoneOf("Paris")).toThrow("no time zone");
});

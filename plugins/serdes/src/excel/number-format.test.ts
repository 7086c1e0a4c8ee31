import { expect, test } from "vitest";
import { isDateFormat, numberFormatOf, shownBy, showsTime } from "./number-format.ts";
import { momentOfSerial, serialOf } from "./serial-date.ts";

test.each([
  ["yyyy-MM-dd", String.raw`yyyy\-mm\-dd`],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]", String.raw`yyyy\-mm\-dd\Thh\:mm\:ss.000`],
  ["EEE d MMMM uu h a", String.raw`ddd\ d\ mmmm\ yy\ h\ AM/PM`],
])("the pattern %s is the number format %s", (pattern, expected) => {
  expect(numberFormatOf(pattern)).toBe(expected);
});

test.each([
  ["General", false],
  ["0.00", false],
  ['#,##0 "days"', false],
  ["[Red]0.00;[Blue]-0.00", false],
  [String.raw`0\d`, false],
  ["m/d/yy", true],
  ["[h]:mm", true],
  ["[$-409]mmm yyyy", true],
  ["yyyy;@", true],
])("whether %s shows dates: %s", (code, expected) => {
  expect(isDateFormat(code)).toBe(expected);
});

test("a format without hours shows no time", () => {
  expect(["yyyy-mm-dd", 'd "hours"', "h:mm", "mm:ss"].map(showsTime)).toEqual([false, false, true, true]);
});

test.each([
  ["yyyy-mm-dd hh:mm:ss.000", "2024-03-01 15:04:05.678"],
  ["d mmm yy h:mm AM/PM", "1 Mar 24 3:04 PM"],
  ["dddd mmmm mm", "Friday March 03"],
  ["[mm]:ss", "65307784:05"],
  ['"at" h\\h', "at 15h"],
])("%s", (code, expected) => {
  const serial = 45352 + (15 * 3600 + 4 * 60 + 5.678) / 86_400;
  expect(shownBy(code, momentOfSerial(serial, false)!, serial)).toBe(expected);
});

test.each([
  ["1900-03-01", 61],
  ["9999-12-31", 2_958_465],
  ["1900-02-28", undefined],
])("%s has the serial number %s", (date, expected) => {
  expect(serialOf({ date: Temporal.PlainDate.from(date) })).toBe(expected);
});

test.each([-1, Number.NaN, 2_958_466])("%s is the number of no date", (serial) => {
  expect(momentOfSerial(serial, false)).toBeUndefined();
});

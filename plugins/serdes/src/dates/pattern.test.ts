import { expect, test } from "vitest";
import { momentOf } from "./iso.ts";
import { formatterOf } from "./pattern.ts";

const MOMENT = momentOf("2024-03-01T09:05:06.00789+02:00")!;

test.each([
  ["yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]", "2024-03-01T09:05:06.007+02:00"],
  ["dd.MM.yy", "01.03.24"],
  ["d/M/u", "1/3/2024"],
  ["D", "61"],
  ["EEE, d MMM yyyy", "Fri, 1 Mar 2024"],
  ["EEEE MMMM MMMMM", "Friday March M"],
  ["h:mm a, K k", "9:05 AM, 9 9"],
  ["s.SSSSSSSSS n", "6.007890000 7890000"],
  ["X XX XXX x xxx Z ZZZZZ", "+02 +0200 +02:00 +02 +02:00 +0200 +02:00"],
  ["'o''clock' ''", "o'clock '"],
])("%s", (pattern, expected) => {
  expect(formatterOf(pattern)(MOMENT)).toBe(expected);
});

test.each([
  ["2024-03-01", "yyyy[ HH:mm]", "2024"],
  ["09:05", "HH:mm:ss[XXX]", "09:05:00"],
  ["00:30Z", "h K k X x XXX xxx ZZZZZ", "12 0 24 Z +00 Z +00:00 Z"],
  ["13:30+05:30", "h a X XX", "1 PM +0530 +0530"],
])("%s as %s", (source, pattern, expected) => {
  expect(formatterOf(pattern)(momentOf(source)!)).toBe(expected);
});

test.each(["2024-03-01T", "2024-03-01", "10:00", "10:00:00.5-03:00", "2024-03-01T10:00Z"])("%s is a moment", (text) => {
  expect(momentOf(text)).toBeDefined();
});

test.each([
  "",
  "x",
  "2024",
  "2024-13-01",
  "2024-02-30",
  "25:00",
  "2024-03-01 10:00",
  "1",
  "2024-03-01T10:00Z and more",
])("%j is none", (text) => {
  expect(momentOf(text)).toBeUndefined();
});

test.each([
  ["Q", "the letter Q is not known here"],
  ["yyyy]", 'there is a "]" without "["'],
  ["yyyy{", "{ means nothing"],
  ["'open", "'open means nothing"],
])("the pattern %s is refused", (pattern, message) => {
  expect(() => formatterOf(pattern)).toThrow(message);
});

test("a pattern that asks for what a moment lacks is refused, with the way out", () => {
  expect(() => formatterOf("HH:mm XXX")(momentOf("10:00")!)).toThrow(
    /which is a time\. Put what may be missing between \[/,
  );
});

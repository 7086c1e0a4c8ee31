import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPattern } from "./format-date.ts";
import { formatDate } from "./named-formats.ts";
import { localeTag } from "./names.ts";
import { parseByPattern } from "./parse-date.ts";
import { toTimeZone } from "./time-zone.ts";
import { toZoned } from "./zoned.ts";

const moment = Temporal.ZonedDateTime.from("2013-09-08T16:05:09.012345678+02:00[Europe/Paris]");

describe("Java patterns", () => {
  test.each([
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2013-09-08T16:05:09.012+02:00"],
    ["yy y yyyyy uuuu", "13 2013 02013 2013"],
    ["M MM MMM MMMM MMMMM", "9 09 Sep September S"],
    ["L LLL LLLL", "9 Sep September"],
    ["d dd D DDD", "8 08 251 251"],
    ["E EEE EEEE EEEEE e c", "Sun Sun Sunday S 1 1"],
    ["H HH k h hh K a", "16 16 16 4 04 4 PM"],
    ["m mm s ss", "5 05 9 09"],
    ["S SSS SSSSSS SSSSSSSSS n", "0 012 012345 012345678 12345678"],
    ["A N", "57909012 57909012345678"],
    ["X XX XXX x xx xxx Z ZZZZ ZZZZZ", "+02 +0200 +02:00 +02 +0200 +02:00 +0200 GMT+02:00 +02:00"],
    ["O OOOO VV", "GMT+2 GMT+02:00 Europe/Paris"],
    ["z zzz zzzz", "CEST CEST Central European Summer Time"],
    ["vvvv", "Central European Time"],
    ["ppd pppH ppppMMM", " 8  16  Sep"],
    ["g", "56543"],
    ["B BBBB", "in the afternoon in the afternoon"],
    ["e ee eee eeee eeeee c ccc", "1 01 Sun Sunday S 1 Sun"],
    ["q qq", "3 03"],
    ["Q QQ QQQ QQQQ", "3 03 Q3 3rd quarter"],
    ["G GGGG", "AD Anno Domini"],
    ["F W", "2 2"],
    ["'at' '''o''clock'''", "at 'o'clock'"],
    ["yyyy[-MM]", "2013-09"],
    ["yyyy_MM_dd__HH_mm_ss", "2013_09_08__16_05_09"],
    ["yyyy-MM-dd'T'07:00:00-06:00", "2013-09-08T07:00:00-06:00"],
  ])("%s → %s", (pattern, text) => {
    expect(formatPattern(moment, pattern, "en-US")).toBe(text);
  });

  test.each([
    ["2024-01-01", "1 2024"],
    ["2023-12-31", "1 2024"],
    ["2023-12-30", "52 2023"],
    ["2022-01-01", "1 2022"],
    ["2021-12-26", "1 2022"],
    ["2021-12-25", "52 2021"],
  ])("weeks of the United States begin on Sunday: %s → %s", (day, text) => {
    expect(formatPattern(Temporal.PlainDate.from(day).toZonedDateTime("UTC"), "w YYYY", "en-US")).toBe(text);
  });

  test("weeks of France are those of ISO", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (days) => {
        const date = Temporal.PlainDate.from("1970-01-01").add({ days });
        const [week, year] = formatPattern(date.toZonedDateTime("UTC"), "w YYYY", "fr-FR").split(" ");
        expect([Number(week), Number(year)]).toEqual([date.weekOfYear, date.yearOfWeek]);
      }),
    );
  });

  test("Z at the zero offset", () => {
    expect(formatPattern(moment.withTimeZone("UTC"), "X XXX x xxx Z ZZZZZ O", "en-US")).toBe(
      "Z Z +00 +00:00 +0000 Z GMT",
    );
  });

  test.each([
    ["yyyy-bb", 'unknown letter "b"'],
    ["ddd", '"d" can\'t stand 3 times in a row'],
    ["V", '"V" can\'t stand 1 times in a row'],
    ["SSSSSSSSSS", '"S" can\'t stand 10 times in a row'],
    ["yyyy-pp", 'behind "p" there is nothing to pad'],
    ["pyyyy", "longer than the 1 of its padding"],
    ["yyyy 'open", "a quote is never closed"],
    ["yyyy]", '"]" without "["'],
    ["{yyyy}", 'reserved character "{"'],
  ])("%s is refused", (pattern, reason) => {
    expect(() => formatPattern(moment, pattern, "en-US")).toThrow(reason);
  });
});

describe("named formats", () => {
  test.each([
    ["iso", "2013-09-08T16:05:09.012345+02:00"],
    ["iso_milli", "2013-09-08T16:05:09.012+02:00"],
    ["iso_sec", "2013-09-08T16:05:09+02:00"],
    ["sql", "2013-09-08 16:05:09.012345"],
    ["sql_milli", "2013-09-08 16:05:09.012"],
    ["sql_sec", "2013-09-08 16:05:09"],
    ["sql_seq", "2013-09-08 16:05:09"],
    ["iso_date_time", "2013-09-08T16:05:09.012345678+02:00[Europe/Paris]"],
    ["iso_zoned_date_time", "2013-09-08T16:05:09.012345678+02:00[Europe/Paris]"],
    ["iso_offset_date_time", "2013-09-08T16:05:09.012345678+02:00"],
    ["iso_local_date_time", "2013-09-08T16:05:09.012345678"],
    ["iso_instant", "2013-09-08T14:05:09.012345678Z"],
    ["iso_date", "2013-09-08+02:00"],
    ["iso_local_date", "2013-09-08"],
    ["iso_time", "16:05:09.012345678+02:00"],
    ["iso_offset_time", "16:05:09.012345678+02:00"],
    ["iso_local_time", "16:05:09.012345678"],
    ["iso_ordinal_date", "2013-251+02:00"],
    ["iso_week_date", "2013-W36-7+02:00"],
    ["basic_iso_date", "20130908+0200"],
    ["rfc_1123_date_time", "Sun, 8 Sep 2013 16:05:09 +0200"],
    ["ISO_LOCAL_DATE", "2013-09-08"],
    ["short", "9/8/13, 4:05 PM"],
    ["medium", "Sep 8, 2013, 4:05:09 PM"],
  ])("%s → %s", (name, text) => {
    expect(formatDate(moment, name, "en-US")).toBe(text);
  });
});

test.each([
  ["Europe/Paris", "2024-07-01", "CEST"],
  ["Europe/Paris", "2024-01-01", "CET"],
  ["Europe/London", "2024-07-01", "BST"],
  ["America/New_York", "2024-07-01", "EDT"],
  ["Australia/Perth", "2024-07-01", "AWST"],
  ["Asia/Tokyo", "2024-07-01", "JST"],
  ["Asia/Shanghai", "2024-07-01", "CST"],
  ["Asia/Tashkent", "2024-07-01", "GMT+5"],
])("the short name of %s at %s is %s, as in Java", (zone, date, name) => {
  expect(formatDate(Temporal.PlainDate.from(date).toZonedDateTime(zone), "z", "en-US")).toBe(name);
});

describe("reading by a pattern", () => {
  test.each([
    ["July 24, 2001", "MMMM dd, yyyy", "2001-07-24T00:00:00+00:00[UTC]"],
    ["24/07/2001 5:06 PM", "dd/MM/yyyy h:mm a", "2001-07-24T17:06:00+00:00[UTC]"],
    ["20010724150607", "yyyyMMddHHmmss", "2001-07-24T15:06:07+00:00[UTC]"],
    ["2001-07-24 15:06:07.5 +0200", "yyyy-MM-dd HH:mm:ss.S Z", "2001-07-24T15:06:07.5+02:00[+02:00]"],
    ["2001-07-24T15:06 Europe/Paris", "yyyy-MM-dd'T'HH:mm VV", "2001-07-24T15:06:00+02:00[Europe/Paris]"],
    ["Tue, 3 Jun 2008 11:05:30 GMT", "EEE, d MMM yyyy HH:mm:ss z", "2008-06-03T11:05:30+00:00[UTC]"],
    ["2001-205", "yyyy-DDD", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001-07", "yyyy-MM[-dd]", "2001-07-01T00:00:00+00:00[UTC]"],
    ["01", "yy", "2001-01-01T00:00:00+00:00[UTC]"],
    ["24.7.2001 15:06 CEST", "d.M.yyyy HH:mm z", "2001-07-24T15:06:00+02:00[Europe/Paris]"],
    ["24.7.2001 15:06 KST", "d.M.yyyy HH:mm z", "2001-07-24T15:06:00+09:00[Asia/Seoul]"],
    [" 4/ 7/2001", "ppd/ppM/yyyy", "2001-07-04T00:00:00+00:00[UTC]"],
    ["52114", "g", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001-07-24 54367000", "yyyy-MM-dd A", "2001-07-24T15:06:07+00:00[UTC]"],
    ["2001 30 Tue", "YYYY ww EEE", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001 30 3", "YYYY w e", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001 30", "YYYY w", "2001-07-22T00:00:00+00:00[UTC]"],
  ])("%s by %s", (text, pattern, expected) => {
    expect(parseByPattern(text, pattern, "UTC", "en-US").toString()).toBe(expected);
  });

  test.each([
    ["2001-13-01", "yyyy-MM-dd", "is no date that exists"],
    ["2001-02-30", "yyyy-MM-dd", "is no date that exists"],
    ["2001", "yyyy-MM-dd", "doesn't match the pattern"],
    ["2001-07-24x", "yyyy-MM-dd", "doesn't match the pattern"],
    ["12:00", "HH:mm", "has no year"],
  ])("%s by %s is refused", (text, pattern, reason) => {
    expect(() => parseByPattern(text, pattern, "UTC", "en-US")).toThrow(reason);
  });

  test.each([
    ["2001-W30-2", "iso_week_date", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2020-W53-5+02:00", "iso_week_date", "2020-12-31T22:00:00+00:00[UTC]"],
    ["2001-07-24+02:00", "iso_date", "2001-07-23T22:00:00+00:00[UTC]"],
    ["2001-07-24", "iso_date", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001-07-24Z", "iso_offset_date", "2001-07-24T00:00:00+00:00[UTC]"],
    ["2001-205", "iso_ordinal_date", "2001-07-24T00:00:00+00:00[UTC]"],
    ["20010724+0200", "basic_iso_date", "2001-07-23T22:00:00+00:00[UTC]"],
    ["2001-07-24T15:06:07Z", "iso_instant", "2001-07-24T15:06:07+00:00[UTC]"],
    ["2001-07-24T15:06:07", "iso_local_date_time", "2001-07-24T15:06:07+00:00[UTC]"],
    ["2001-07-24T15:06:07+02:00[Europe/Paris]", "iso_zoned_date_time", "2001-07-24T13:06:07+00:00[UTC]"],
    ["24 Jul 2001 15:06 +0200", "rfc_1123_date_time", "2001-07-24T13:06:00+00:00[UTC]"],
    ["Tue, 24 Jul 2001 15:06:07 GMT", "rfc_1123_date_time", "2001-07-24T15:06:07+00:00[UTC]"],
  ])("%s by the name %s", (text, existingFormat, expected) => {
    expect(toZoned(text, { timeZone: "UTC", existingFormat, locale: "fr_FR" }).toString()).toBe(expected);
  });

  test("reads French names", () => {
    expect(parseByPattern("24 juillet 2001", "d MMMM yyyy", "UTC", localeTag("fr_FR")).toPlainDate().toString()).toBe(
      "2001-07-24",
    );
  });

  test("reads back what a pattern wrote", () => {
    const pattern = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSXXX";
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 4n * 10n ** 18n }),
        fc.constantFrom("UTC", "+05:30", "-03:00"),
        (nanos, zone) => {
          const date = new Temporal.ZonedDateTime(nanos, zone);
          expect(parseByPattern(formatPattern(date, pattern, "en-US"), pattern, "UTC", "en-US").epochNanoseconds).toBe(
            nanos,
          );
        },
      ),
    );
  });
});

describe("values that stand for dates", () => {
  test.each<[unknown, string]>([
    ["2024-03-31", "2024-03-31T00:00:00+01:00[Europe/Paris]"],
    ["2024-03-31T12:00", "2024-03-31T12:00:00+02:00[Europe/Paris]"],
    ["2024-03-31 12:00:01", "2024-03-31T12:00:01+02:00[Europe/Paris]"],
    ["2024-03-31T12:00:00Z", "2024-03-31T14:00:00+02:00[Europe/Paris]"],
    ["2024-03-31T12:00:00.123+0000", "2024-03-31T14:00:00.123+02:00[Europe/Paris]"],
    ["2024-03-31T12:00:00-05:00[America/New_York]", "2024-03-31T19:00:00+02:00[Europe/Paris]"],
    [0, "1970-01-01T01:00:00+01:00[Europe/Paris]"],
    [-1, "1970-01-01T00:59:59+01:00[Europe/Paris]"],
    [1_704_067_200_000, "2024-01-01T01:00:00+01:00[Europe/Paris]"],
    [1_704_067_200_000_000_001n, "2024-01-01T01:00:00.000000001+01:00[Europe/Paris]"],
    [Temporal.PlainDate.from("2024-01-01"), "2024-01-01T12:00:00+01:00[Europe/Paris]"],
    [Temporal.Instant.from("2024-01-01T00:00:00Z"), "2024-01-01T01:00:00+01:00[Europe/Paris]"],
    [Temporal.PlainDateTime.from("2024-01-01T05:00"), "2024-01-01T05:00:00+01:00[Europe/Paris]"],
  ])("%s", (value, expected) => {
    expect(toZoned(value, { timeZone: "Europe/Paris" }).toString()).toBe(expected);
  });

  test.each(["", "yesterday", "2024-13-01", "2024-02-30T00:00", "12:00"])("%j is refused", (text) => {
    expect(() => toZoned(text, { timeZone: "UTC" })).toThrow(/no ISO date|no date that exists/u);
  });
});

describe("time zones", () => {
  test.each([
    ["Z", "UTC"],
    ["GMT", "UTC"],
    ["GMT+2", "+02:00"],
    ["UTC-03:30", "-03:30"],
    ["+0200", "+02:00"],
    ["Europe/Paris", "Europe/Paris"],
  ])("%s is %s", (id, zone) => {
    expect(toTimeZone(id)).toBe(zone);
  });
});

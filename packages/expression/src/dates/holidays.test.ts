import { describe, expect, it } from "vitest";
import { isPublicHoliday } from "./holidays.ts";

const holidays = (country: string, year: number, part?: string): string[] => {
  const first = new Temporal.PlainDate(year, 1, 1);
  const days = Array.from({ length: first.daysInYear }, (_, day) => first.add({ days: day }));
  return days.filter((day) => isPublicHoliday(country, day, part)).map((day) => day.toString().slice(5));
};

describe("public holidays", () => {
  it.each([
    ["FR", 2024, "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25"],
    ["DE", 2025, "01-01 04-18 04-21 05-01 05-29 06-09 10-03 12-25 12-26"],
    ["US", 2024, "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"],
    ["US", 2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"],
    ["PL", 2023, "01-01 01-06 04-09 04-10 05-01 05-03 05-28 06-08 08-15 11-01 11-11 12-25 12-26"],
  ])("of %s in %i", (country, year, expected) => {
    expect(holidays(country, year).join(" ")).toBe(expected);
  });

  it.each([
    ["BE", 2023, "03-08"],
    ["sn", 2024, "10-31 11-20"],
    ["SN", 2028, "10-31 11-22"],
    ["SL", 2025, "06-19 08-15 11-01"],
    ["BB", 2025, "04-20 06-08 10-31"],
  ])("of the German %s in %i, beside those of the country", (part, year, expected) => {
    const national = holidays("DE", year);
    expect(
      holidays("de", year, part)
        .filter((day) => !national.includes(day))
        .join(" "),
    ).toBe(expected);
  });

  it("of French regions are those of the country, but for Alsace and Moselle", () => {
    const day = new Temporal.PlainDate(2024, 12, 26);
    expect(["IDF", "67"].map((part) => isPublicHoliday("FR", day, part))).toEqual([false, true]);
  });

  it("of a country that the table lacks are unknown, not none", () => {
    const christmas = new Temporal.PlainDate(2024, 12, 25);
    expect(isPublicHoliday("AQ", christmas)).toBe(undefined);
    expect(isPublicHoliday("DE", christmas, "XX")).toBe(undefined);
    expect(isPublicHoliday("IT", christmas, "25")).toBe(undefined);
    expect(isPublicHoliday("FR", christmas, " ")).toBe(true);
  });
});

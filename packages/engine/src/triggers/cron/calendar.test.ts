import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { monthAround, offsetDateText } from "./calendar.ts";

const moment = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_000_000 });

describe("the calendar", () => {
  it("knows the month of every day as Temporal does", () => {
    fc.assert(
      fc.property(moment, (ms) => {
        const date = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO("UTC");
        const day = Math.floor(ms / 86_400_000);
        const { year, month, daysInMonth } = date;
        expect(monthAround(day)).toEqual({ year, month, length: daysInMonth, first: day - date.day + 1 });
      }),
    );
  });

  it("prints a moment as Temporal does", () => {
    const inRange = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(inRange, fc.integer({ min: -720, max: 840 }), (ms, minutes) => {
        const size = Math.abs(minutes);
        const digits = (count: number) => String(count).padStart(2, "0");
        const offset = `${minutes < 0 ? "-" : "+"}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
        const options = { fractionalSecondDigits: 6, timeZoneName: "never" } as const;
        const expected = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(offset).toString(options);
        expect(offsetDateText(ms, minutes * 60_000)).toBe(minutes === 0 ? expected.replace("+00:00", "Z") : expected);
      }),
    );
  });
});

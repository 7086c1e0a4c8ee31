import type { JsonMap } from "@capstan/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spanAt } from "./time-window.ts";

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();

function span(timeWindow: JsonMap, now: string, zone = "UTC"): string {
  const found = spanAt(timeWindow, at(now), zone);
  return found === undefined ? "closed" : `${iso(found.start)} … ${iso(found.end)}`;
}

describe("the window that a moment belongs to", () => {
  it.each<[string, JsonMap, string, string, string?]>([
    ["a day from midnight", {}, "2024-01-02T15:00:00Z", "2024-01-02T00:00:00Z … 2024-01-02T23:59:59.999Z"],
    ["a day in a zone", {}, "2024-01-02T23:30:00Z", "2024-01-02T23:00:00Z … 2024-01-03T22:59:59.999Z", "Europe/Paris"],
    [
      "a day of 23 hours",
      {},
      "2024-03-31T12:00:00Z",
      "2024-03-30T23:00:00Z … 2024-03-31T21:59:59.999Z",
      "Europe/Paris",
    ],
    [
      "a day with an advance",
      { windowAdvance: "PT4H" },
      "2024-01-02T03:00:00Z",
      "2024-01-01T04:00:00Z … 2024-01-02T03:59:59.999Z",
    ],
    [
      "a day with a negative advance",
      { windowAdvance: "PT-4H" },
      "2024-01-02T21:00:00Z",
      "2024-01-02T20:00:00Z … 2024-01-03T19:59:59.999Z",
    ],
    ["six hours", { window: "PT6H" }, "2024-01-02T15:00:00Z", "2024-01-02T12:00:00Z … 2024-01-02T17:59:59.999Z"],
    [
      "seven hours begin anew at midnight",
      { window: "PT7H" },
      "2024-01-02T22:00:00Z",
      "2024-01-02T21:00:00Z … 2024-01-02T23:59:59.999Z",
    ],
    ["two days", { window: "P2D" }, "1970-01-04T05:00:00Z", "1970-01-03T00:00:00Z … 1970-01-04T23:59:59.999Z"],
    [
      "sliding",
      { type: "SLIDING_WINDOW", window: "PT1H" },
      "2024-01-02T15:00:00Z",
      "2024-01-02T14:00:00Z … 2024-01-02T15:00:00Z",
    ],
    [
      "before the deadline",
      { type: "DAILY_TIME_DEADLINE", deadline: "09:00:00" },
      "2024-01-02T08:00:00Z",
      "2024-01-02T00:00:00Z … 2024-01-02T09:00:00Z",
    ],
    ["after the deadline", { type: "DAILY_TIME_DEADLINE", deadline: "09:00:00" }, "2024-01-02T09:00:01Z", "closed"],
    [
      "a deadline with an offset",
      { type: "DAILY_TIME_DEADLINE", deadline: "09:00:00Z" },
      "2024-01-02T08:30:00Z",
      "2024-01-02T00:00:00Z … 2024-01-02T09:00:00Z",
      "Asia/Tokyo",
    ],
    [
      "within hours",
      { type: "DAILY_TIME_WINDOW", startTime: "06:00:00", endTime: "09:00:00" },
      "2024-01-02T06:00:00Z",
      "2024-01-02T06:00:00Z … 2024-01-02T09:00:00Z",
    ],
    [
      "out of hours",
      { type: "DAILY_TIME_WINDOW", startTime: "06:00:00", endTime: "09:00:00" },
      "2024-01-02T05:59:59Z",
      "closed",
    ],
    [
      "over midnight",
      { type: "DAILY_TIME_WINDOW", startTime: "22:00:00", endTime: "02:00:00" },
      "2024-01-02T01:00:00Z",
      "2024-01-01T22:00:00Z … 2024-01-02T02:00:00Z",
    ],
  ])("%s", (_, timeWindow, now, expected, zone) => {
    expect(span(timeWindow, now, zone)).toBe(expected);
  });

  it.each<[JsonMap, RegExp]>([
    [{ type: "YEARLY" }, /`YEARLY` is no type of time window/u],
    [{ window: "PT0S" }, /`PT0S` is no length of a time window/u],
    [{ type: "DAILY_TIME_DEADLINE" }, /the time window needs `deadline`/u],
    [{ type: "DAILY_TIME_DEADLINE", deadline: "late" }, /`late` is no time of the day/u],
  ])("%j is a mistake", (timeWindow, message) => {
    expect(() => span(timeWindow, "2024-01-02T00:00:00Z")).toThrow(message);
  });

  it("holds the moment, and is the same for all moments in it", () => {
    const window = fc.integer({ min: 1, max: 2880 }).map((minutes) => `PT${minutes}M`);
    const zone = fc.constantFrom("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata");
    const moment = fc.integer({ min: at("2023-01-01T00:00:00Z"), max: at("2025-01-01T00:00:00Z") });
    fc.assert(
      fc.property(window, zone, moment, (length, timeZone, now) => {
        const found = spanAt({ window: length }, now, timeZone)!;
        expect(found.start).toBeLessThanOrEqual(now);
        expect(found.end).toBeGreaterThanOrEqual(now);
        expect(spanAt({ window: length }, found.start, timeZone)).toEqual(found);
        expect(spanAt({ window: length }, found.end, timeZone)).toEqual(found);
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCron, type Cron } from "./cron.ts";
import { createZones } from "./zone.ts";

const zones = createZones();

function cron(source: string, timeZone = "UTC", withSeconds = false): Cron {
  const compiled = compileCron(source, { timeZone, withSeconds, zones });
  if ("mistake" in compiled) throw new Error(compiled.mistake);
  return compiled;
}
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const iso = (ms: number | undefined) =>
  ms === undefined ? "never" : Temporal.Instant.fromEpochMilliseconds(ms).toString().replace(":00Z", "Z");

function series(compiled: Cron, after: string, count: number): string[] {
  const dates: string[] = [];
  let moment = at(after);
  while (dates.length < count) {
    const next = compiled.next(moment);
    dates.push(iso(next));
    if (next === undefined) break;
    moment = next;
  }
  return dates;
}

describe("cron in UTC", () => {
  it.each([
    ["* * * * *", "2024-01-01T00:00:30Z", ["2024-01-01T00:01Z", "2024-01-01T00:02Z"]],
    ["*/5 * * * *", "2024-01-01T00:05:00Z", ["2024-01-01T00:10Z", "2024-01-01T00:15Z"]],
    ["0 9 * * 1-5", "2024-01-05T09:00:00Z", ["2024-01-08T09:00Z", "2024-01-09T09:00Z"]],
    ["0 9 * * MON-FRI", "2024-01-05T09:00:00Z", ["2024-01-08T09:00Z"]],
    ["0 0 * * 0", "2024-01-01T00:00:00Z", ["2024-01-07T00:00Z"]],
    ["0 0 * * 7", "2024-01-01T00:00:00Z", ["2024-01-07T00:00Z"]],
    ["0 0 * * FRI-SUN", "2024-01-04T00:00:00Z", ["2024-01-05T00:00Z", "2024-01-06T00:00Z", "2024-01-07T00:00Z"]],
    ["0 0 * * sun-mon", "2024-01-02T00:00:00Z", ["2024-01-07T00:00Z", "2024-01-08T00:00Z"]],
    ["0 0 7,14 * *", "2024-01-07T00:00:00Z", ["2024-01-14T00:00Z", "2024-02-07T00:00Z"]],
    ["0 14 25 DEC *", "2024-01-07T00:00:00Z", ["2024-12-25T14:00Z", "2025-12-25T14:00Z"]],
    ["0 0 29 2 *", "2023-01-01T00:00:00Z", ["2024-02-29T00:00Z", "2028-02-29T00:00Z"]],
    ["0 0 31 * *", "2024-01-31T00:00:00Z", ["2024-03-31T00:00Z", "2024-05-31T00:00Z"]],
    ["0 0 13 * FRI", "2024-09-06T00:00:00Z", ["2024-09-13T00:00Z", "2024-09-20T00:00Z"]],
    ["0 0 13 * FRI", "2024-10-11T00:00:00Z", ["2024-10-13T00:00Z", "2024-10-18T00:00Z"]],
    ["10/20 1 * * *", "2024-01-01T00:00:00Z", ["2024-01-01T01:10Z", "2024-01-01T01:30Z", "2024-01-01T01:50Z"]],
    ["1-10/4 * * * *", "2024-01-01T00:00:00Z", ["2024-01-01T00:01Z", "2024-01-01T00:05Z", "2024-01-01T00:09Z"]],
    ["@yearly", "2024-01-01T00:00:00Z", ["2025-01-01T00:00Z"]],
    ["@annually", "2024-01-01T00:00:00Z", ["2025-01-01T00:00Z"]],
    ["@monthly", "2024-01-01T00:00:00Z", ["2024-02-01T00:00Z"]],
    ["@weekly", "2024-01-01T00:00:00Z", ["2024-01-07T00:00Z"]],
    ["@daily", "2024-01-01T00:00:00Z", ["2024-01-02T00:00Z"]],
    ["@midnight", "2024-01-01T00:00:00Z", ["2024-01-02T00:00Z"]],
    ["@hourly", "2024-01-01T00:00:00Z", ["2024-01-01T01:00Z"]],
    ["0 0 31 2 *", "2024-01-01T00:00:00Z", ["never"]],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00Z"]],
  ])("%s after %s", (source, after, expected) => {
    expect(series(cron(source), after, expected.length)).toEqual(expected);
  });

  it("takes seconds first when they are asked for", () => {
    expect(series(cron("*/20 30 1 * * *", "UTC", true), "2024-01-01T01:30:00Z", 3)).toEqual([
      "2024-01-01T01:30:20Z",
      "2024-01-01T01:30:40Z",
      "2024-01-02T01:30Z",
    ]);
  });

  it("looks back to the date before, never at the date itself", () => {
    const daily = cron("0 6 * * *");
    expect(iso(daily.previous(at("2024-03-01T06:00:00Z")))).toBe("2024-02-29T06:00Z");
    expect(iso(daily.previous(at("2024-03-01T06:00:00.001Z")))).toBe("2024-03-01T06:00Z");
  });
});

describe("a change of clocks", () => {
  it.each([
    [
      "a time in the gap runs as much later as the clock skips",
      "30 2 * * *",
      "Europe/Paris",
      "2024-03-30T12:00:00Z",
      ["2024-03-31T01:30Z", "2024-04-01T00:30Z"],
    ],
    [
      "a time of the gap and its neighbour run in order",
      "0,30 2,3 * * *",
      "Europe/Paris",
      "2024-03-30T12:00:00Z",
      ["2024-03-31T01:00Z", "2024-03-31T01:30Z", "2024-04-01T00:00Z"],
    ],
    [
      "a repeated time runs at its first occurrence",
      "30 2 * * *",
      "Europe/Paris",
      "2024-10-26T12:00:00Z",
      ["2024-10-27T00:30Z", "2024-10-28T01:30Z"],
    ],
    [
      "an hourly schedule runs through the repeated hour",
      "0 * * * *",
      "Europe/Paris",
      "2024-10-26T23:30:00Z",
      ["2024-10-27T00:00Z", "2024-10-27T01:00Z", "2024-10-27T02:00Z"],
    ],
    [
      "a half-hourly schedule runs through the repeated hour",
      "*/30 1-3 * * *",
      "Europe/Paris",
      "2024-10-27T00:00:00Z",
      ["2024-10-27T00:30Z", "2024-10-27T01:00Z", "2024-10-27T01:30Z", "2024-10-27T02:00Z"],
    ],
    [
      "midnight that does not exist",
      "0 0 * * *",
      "America/Santiago",
      "2024-09-07T12:00:00Z",
      ["2024-09-08T04:00Z", "2024-09-09T03:00Z"],
    ],
    [
      "a gap of half an hour",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2024-10-05T12:00:00Z",
      ["2024-10-05T15:45Z", "2024-10-06T15:15Z"],
    ],
    [
      "a day that was left out",
      "0 12 * * *",
      "Pacific/Apia",
      "2011-12-29T20:00:00Z",
      ["2011-12-29T22:00Z", "2011-12-30T22:00Z"],
    ],
    ["an offset as a zone", "0 9 * * *", "+05:30", "2024-01-01T00:00:00Z", ["2024-01-01T03:30Z"]],
  ])("%s", (_, source, timeZone, after, expected) => {
    expect(series(cron(source, timeZone), after, expected.length)).toEqual(expected);
  });
});

describe("mistakes in a cron expression", () => {
  it.each([
    ["", /has 0 fields instead of 5/u],
    ["* * * *", /has 4 fields instead of 5/u],
    ["0 * * * * *", /has 6 fields instead of 5/u],
    ["60 * * * *", /the minute 60 is not between 0 and 59/u],
    ["* 24 * * *", /the hour 24/u],
    ["* * 0 * *", /the day of month 0/u],
    ["* * * 13 *", /the month 13/u],
    ["* * * * 8", /the day of week 8/u],
    ["5-1 * * * *", /runs backwards/u],
    ["*/0 * * * *", /the step of the minute/u],
    ["1,,2 * * * *", /can't be read/u],
    ["* * L * *", /the day of month "L" can't be read/u],
    ["* * * * MON#1", /the day of week "MON#1" can't be read/u],
    ["@often", /is no cron nickname/u],
  ])("%s", (source, message) => {
    expect(compileCron(source)).toMatchObject({ mistake: expect.stringMatching(message) as string });
  });

  it("names a time zone that doesn't exist", () => {
    expect(compileCron("* * * * *", { timeZone: "Mars/Olympus" })).toMatchObject({
      mistake: '"Mars/Olympus" is no time zone',
    });
  });
});

const field = (min: number, max: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    fc.integer({ min: 2, max: Math.min(15, max) }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((values) => values.join(",")),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  );
const expression = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(" "));
const moment = fc.integer({ min: at("2000-01-01T00:00:00Z"), max: at("2037-01-01T00:00:00Z") });
const namedZone = fc.constantFrom(
  "Europe/Paris",
  "America/New_York",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Africa/Casablanca",
  "Pacific/Apia",
);

describe("any cron expression", () => {
  it("has next and previous that undo each other, in every zone", () => {
    fc.assert(
      fc.property(expression, namedZone, moment, (source, timeZone, start) => {
        const own = cron(source, timeZone);
        const next = own.next(start);
        if (next === undefined) return;
        expect(next).toBeGreaterThan(start);
        const after = own.next(next);
        if (after !== undefined) expect(own.previous(after)).toBe(next);
        const before = own.previous(next);
        if (before !== undefined) {
          expect(before).toBeLessThanOrEqual(start);
          expect(own.next(before)).toBe(next);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

import { Cron as Croner } from "croner";
import fc from "fast-check";
import { compileCron, createZones } from "@capstan/engine";
import { describe, expect, it } from "vitest";

const zones = createZones();

function cron(source: string, timeZone = "UTC") {
  const compiled = compileCron(source, { timeZone, zones });
  if ("mistake" in compiled) throw new Error(compiled.mistake);
  return compiled;
}
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const iso = (ms: number | undefined) =>
  ms === undefined ? "never" : Temporal.Instant.fromEpochMilliseconds(ms).toString();

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
  it("gives in UTC what another implementation gives", () => {
    fc.assert(
      fc.property(expression, moment, (source, start) => {
        const other = new Croner(source, { timezone: "UTC" });
        const own = cron(source);
        let date = start;
        for (let step = 0; step < 3; step += 1) {
          const expected = other.nextRun(Temporal.Instant.fromEpochMilliseconds(date).toString())?.getTime();
          expect([source, iso(own.next(date))]).toEqual([source, iso(expected)]);
          if (expected === undefined) return;
          date = expected;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives in a time zone what another implementation gives, where that one follows the clock as well", () => {
    const interval = expression.filter((source) => source.startsWith("*"));
    fc.assert(
      fc.property(interval, namedZone, moment, (source, timeZone, start) => {
        const expected = new Croner(source, { timezone: timeZone }).nextRun(
          Temporal.Instant.fromEpochMilliseconds(start).toString(),
        );
        expect([source, timeZone, iso(cron(source, timeZone).next(start))]).toEqual([
          source,
          timeZone,
          iso(expected?.getTime()),
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

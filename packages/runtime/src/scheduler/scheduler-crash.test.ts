import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, START, trigger, worldWith } from "./scheduler-world.fixture.ts";

const YEAR = 366 * 24 * HOUR;

describe("a process that is killed at any time", () => {
  it("fires each date of a year exactly once, in order, after each restart where it was", async () => {
    const kills = fc.record({ every: fc.integer({ min: 5, max: 300 }), downHours: fc.integer({ min: 0, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(kills, fc.boolean(), async ({ every, downHours }, allowConcurrent) => {
        let calls = 0;
        const world = await worldWith(trigger({ cron: "0 */3 * * *" }, { allowConcurrent }));
        world.crashAt = () => {
          calls += 1;
          if (calls % every !== 0) return undefined;
          return (calls / every) % 2 === 0 ? "after" : "before";
        };
        while (world.now < START + YEAR) {
          await world.pass(START + YEAR - world.now);
          if (!world.isKilled) break;
          world.now += downHours * HOUR + MINUTE;
          await world.boot();
        }
        const dates = world.fired.map(({ row }) => row.date!);
        const first = START - MINUTE / 2 + 3 * HOUR;
        expect(dates).toEqual(dates.map((_, index) => first + index * 3 * HOUR));
        expect(dates.length).toBeGreaterThanOrEqual(366 * 8 - 5);
      }),
      { numRuns: 5 },
    );
  });
});

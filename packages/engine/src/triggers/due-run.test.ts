import type { Trigger } from "@capstan/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, FRESH, iso, live, MINUTE, schedule } from "../testing/schedule-life.ts";
import { type AskConditions, dueAt, dueRun, startedAnew } from "./due-run.ts";
import { compileSchedule, type Schedule } from "./schedule.ts";

describe("a schedule over time", () => {
  it("fires a schedule of five minutes once for every five minutes of a year", () => {
    const { dates } = live(schedule({ cron: "*/5 * * * *" }), {
      from: at("2024-01-01T00:00:00Z"),
      until: at("2025-01-01T00:00:00Z"),
    });
    expect(dates).toHaveLength(366 * 288);
    expect(dates.every((date, index) => index === 0 || date === (dates[index - 1] ?? 0) + 5 * MINUTE)).toBe(true);
  });

  it("starts after now, never with a date of the past", () => {
    const { dates } = live(schedule({ cron: "0 6 * * *" }), {
      from: at("2024-01-01T06:00:00Z"),
      until: at("2024-01-03T12:00:00Z"),
    });
    expect(dates.map(iso)).toEqual(["2024-01-02T06:00Z", "2024-01-03T06:00Z"]);
  });

  it("rests when there is no date within ten years", () => {
    expect(startedAnew(FRESH, schedule({ cron: "0 0 31 2 *" }), 0)).toEqual(FRESH);
  });

  it("tells date, next and previous in the schedule's zone", () => {
    const paris = schedule({ cron: "0 9 * * MON", timezone: "Europe/Paris" });
    const now = at("2024-03-25T08:00:00Z");
    const { fire } = dueRun({ disabled: false, nextDate: now }, paris, now);
    expect(fire).toEqual({
      date: now,
      variables: {
        date: "2024-03-25T09:00:00.000000+01:00",
        next: "2024-04-01T09:00:00.000000+02:00",
        previous: "2024-03-18T09:00:00.000000+01:00",
      },
    });
  });
});

describe("missed dates after a downtime of three hours", () => {
  const downtime = {
    from: at("2024-01-01T00:30:00Z"),
    until: at("2024-01-01T05:00:00Z"),
    downUntil: at("2024-01-01T04:10:00Z"),
  };
  it.each([
    ["ALL", ["01:00", "02:00", "03:00", "04:00", "05:00"]],
    ["LAST", ["04:00", "05:00"]],
    ["NONE", ["05:00"]],
  ])("%s runs %j", (recoverMissedSchedules, expected) => {
    const { dates } = live(schedule({ cron: "0 * * * *", recoverMissedSchedules }), downtime);
    expect(dates.map((date) => iso(date).slice(11, 16))).toEqual(expected);
  });

  it("drops those that are later than the maximum delay", () => {
    const { dates } = live(schedule({ cron: "0 * * * *", lateMaximumDelay: "PT90M" }), downtime);
    expect(dates.map((date) => iso(date).slice(11, 16))).toEqual(["03:00", "04:00", "05:00"]);
  });
});

describe("a lock", () => {
  const long = { from: at("2024-01-01T00:00:30Z"), until: at("2024-01-01T00:06:00Z"), runMs: 150_000 };
  it.each([
    ["ALL", ["00:01", "00:02", "00:03"]],
    ["LAST", ["00:01", "00:03", "00:06"]],
    ["NONE", ["00:01", "00:04"]],
  ])("lets one run at a time; %s runs %j of the minutes", (recoverMissedSchedules, expected) => {
    const { dates, startedAt } = live(schedule({ cron: "* * * * *", recoverMissedSchedules }), long);
    expect(dates.map((date) => iso(date).slice(11, 16))).toEqual(expected);
    expect(startedAt.every((start, index) => index === 0 || start - startedAt[index - 1]! >= long.runMs)).toBe(true);
  });

  it("makes nothing due", () => {
    expect(dueAt({ disabled: false, nextDate: 0, executionId: "e" })).toBe(undefined);
    expect(dueAt({ disabled: true, nextDate: 0 })).toBe(undefined);
  });
});

describe("conditions", () => {
  const onMondays: AskConditions = (variables) => ({
    holds: Temporal.PlainDate.from(String(variables.get("date")).slice(0, 10)).dayOfWeek === 1,
  });

  it("skip candidates, and next and previous with them", () => {
    const daily = schedule({ cron: "0 11 * * *" });
    const state = startedAnew(FRESH, daily, at("2024-01-02T00:00:00Z"), onMondays);
    expect(iso(state.nextDate!)).toBe("2024-01-08T11:00Z");
    expect(dueRun(state, daily, state.nextDate!, onMondays).fire?.variables).toEqual({
      date: "2024-01-08T11:00:00.000000Z",
      next: "2024-01-15T11:00:00.000000Z",
      previous: "2024-01-01T11:00:00.000000Z",
    });
  });

  it("far ahead are looked for in stretches, without a wrong run", () => {
    const inSummer: AskConditions = (variables) => ({ holds: String(variables.get("date")).includes("-07-01T00:00") });
    const { dates, state } = live(schedule({ cron: "*/5 * * * *" }), {
      from: at("2024-01-01T00:00:00Z"),
      until: at("2024-12-31T00:00:00Z"),
      ask: inSummer,
    });
    expect(dates.map(iso)).toEqual(["2024-07-01T00:00Z"]);
    expect(state.nextDate).toBeGreaterThan(at("2024-12-31T00:00:00Z"));
  });

  it("that can't be evaluated fail the date once, and the next one again", () => {
    const hourly = schedule({ cron: "0 * * * *" });
    const ask: AskConditions = () => ({ failure: "broken" });
    const now = at("2024-01-01T01:00:00Z");
    const { fire, state } = dueRun({ disabled: false, nextDate: now }, hourly, now, ask);
    expect(fire).toMatchObject({ date: now, failure: "broken" });
    expect(iso(state.nextDate ?? 0)).toBe("2024-01-01T02:00Z");
  });
});

describe("a backfill", () => {
  const daily = schedule({ cron: "0 6 * * *" });
  const backfill = {
    start: at("2023-01-01T00:00:00Z"),
    end: at("2023-01-03T06:00:00Z"),
    currentDate: at("2023-01-01T00:00:00Z"),
    paused: false,
    inputs: { a: 1 },
    labels: [{ key: "k", value: "v" }],
  };
  const nextDate = at("2024-01-01T06:00:00Z");

  it("runs every date of its range one after the other, then the schedule goes on", () => {
    const { dates, state } = live(daily, {
      from: at("2024-01-01T00:00:00Z"),
      until: at("2024-01-01T07:00:00Z"),
      runMs: 1000,
      state: { disabled: false, nextDate, backfill },
    });
    expect(dates.map(iso)).toEqual([
      "2023-01-01T06:00Z",
      "2023-01-02T06:00Z",
      "2023-01-03T06:00Z",
      "2024-01-01T06:00Z",
    ]);
    expect(state.backfill).toBe(undefined);
  });

  it("hands its inputs and labels over", () => {
    const { fire } = dueRun({ disabled: false, nextDate, backfill }, daily, nextDate - 1);
    expect(fire?.backfill).toEqual({ inputs: { a: 1 }, labels: [{ key: "k", value: "v" }] });
  });

  it("that is paused lets the schedule go on, and keeps its place", () => {
    const paused = { ...backfill, paused: true };
    const { dates, state } = live(daily, {
      from: at("2024-01-01T00:00:00Z"),
      until: at("2024-01-02T07:00:00Z"),
      state: { disabled: false, nextDate, backfill: paused },
    });
    expect(dates.map(iso)).toEqual(["2024-01-01T06:00Z", "2024-01-02T06:00Z"]);
    expect(state.backfill).toEqual(paused);
  });

  it("without a date in its range ends at once", () => {
    const empty = { ...backfill, end: backfill.start };
    expect(dueRun({ disabled: false, nextDate, backfill: empty }, daily, nextDate - 1)).toEqual({
      state: { disabled: false, nextDate },
    });
  });
});

describe("dates that are written one by one", () => {
  const onDates = (dates: readonly string[]) =>
    compileSchedule(
      {
        type: "io.kestra.plugin.core.trigger.ScheduleOnDates",
        properties: { timezone: "Europe/Paris" },
      } as unknown as Trigger,
      { timeZone: "UTC", dates },
    );

  it("run in order, then the trigger rests", () => {
    const compiled = onDates(["2024-02-01T10:00:00", "2024-01-01T10:00:00Z"]) as Schedule;
    const { dates, state } = live(compiled, { from: at("2023-01-01T00:00:00Z"), until: at("2030-01-01T00:00:00Z") });
    expect(dates.map(iso)).toEqual(["2024-01-01T10:00Z", "2024-02-01T09:00Z"]);
    expect(dueAt(state)).toBe(undefined);
  });

  it("that can't be read are a mistake", () => {
    expect(onDates(["soon"])).toMatchObject({ mistake: "`soon` is no ISO date" });
  });
});

describe("whatever the schedule and the length of its runs", () => {
  it("each date runs once and in order, and with ALL none is left out", () => {
    const cron = fc.constantFrom("*/7 * * * *", "13 */3 * * *", "0 0 * * 1", "30 2 * * *", "*/1 4-6 * * *");
    const zone = fc.constantFrom("UTC", "Europe/Paris", "America/New_York");
    const start = fc.integer({ min: at("2024-01-01T00:00:00Z"), max: at("2024-12-01T00:00:00Z") });
    const run = fc.integer({ min: 0, max: 3 * 3_600_000 });
    const down = fc.integer({ min: 0, max: 5 * 86_400_000 });
    fc.assert(
      fc.property(cron, zone, start, run, down, (source, timezone, from, runMs, downMs) => {
        const timetable = schedule({ cron: source, timezone });
        const until = from + 20 * 86_400_000;
        const { dates, startedAt } = live(timetable, { from, until, runMs, downUntil: from + downMs });
        let expected = timetable.next(from);
        for (const [index, date] of dates.entries()) {
          expect(date).toBe(expected);
          expect(startedAt[index]).toBeGreaterThanOrEqual(date);
          expected = timetable.next(date);
        }
      }),
      { numRuns: 60 },
    );
  });
});

import type { Trigger } from "@capstan/model";
import { describe, expect, test } from "vitest";
import { at, FRESH, iso, live, schedule } from "../testing/schedule-life.ts";
import { dueRun, startedAnew } from "./due-run.ts";

const PARIS = "Europe/Paris";
const NEW_YORK = "America/New_York";

/** What `trigger.date` shows of each run, without its fraction. */
function shown(properties: Trigger["properties"], from: string, until: string): readonly string[] {
  const timetable = schedule(properties);
  const end = at(until);
  const texts: string[] = [];
  let state = startedAnew(FRESH, timetable, at(from));
  while (state.nextDate !== undefined && state.nextDate <= end) {
    const step = dueRun(state, timetable, state.nextDate);
    texts.push(
      String(step.fire?.variables["date"])
        .replace(/:00\.000000/u, "")
        .replace(".000000", ""),
    );
    state = step.state;
  }
  return texts;
}

type Row = readonly [
  what: string,
  cron: string,
  timezone: string,
  from: string,
  until: string,
  dates: readonly string[],
];

const ROWS: readonly Row[] = [
  [
    "a time that a day in spring lacks is as much later as the clock skips",
    "30 2 * * *",
    PARIS,
    "2025-03-29T00:00:00Z",
    "2025-03-31T12:00:00Z",
    ["2025-03-29T02:30+01:00", "2025-03-30T03:30+02:00", "2025-03-31T02:30+02:00"],
  ],
  [
    "so it is on the other side of the ocean",
    "30 2 * * *",
    NEW_YORK,
    "2025-03-08T12:00:00Z",
    "2025-03-10T12:00:00Z",
    ["2025-03-09T03:30-04:00", "2025-03-10T02:30-04:00"],
  ],
  [
    "hours in spring follow each other without the one that is missing",
    "0 * * * *",
    NEW_YORK,
    "2025-03-09T05:30:00Z",
    "2025-03-09T08:30:00Z",
    ["2025-03-09T01:00-05:00", "2025-03-09T03:00-04:00", "2025-03-09T04:00-04:00"],
  ],
  [
    "a time that a day in autumn has twice comes once",
    "30 1 * * *",
    NEW_YORK,
    "2025-11-01T12:00:00Z",
    "2025-11-03T12:00:00Z",
    ["2025-11-02T01:30-04:00", "2025-11-03T01:30-05:00"],
  ],
  [
    "hours in autumn come twice where the clock shows them twice",
    "0 * * * *",
    PARIS,
    "2025-10-25T23:30:00Z",
    "2025-10-26T02:30:00Z",
    ["2025-10-26T02:00+02:00", "2025-10-26T02:00+01:00", "2025-10-26T03:00+01:00"],
  ],
  [
    "days of the week and of the month keep their time of day",
    "0 9 1 * SUN",
    PARIS,
    "2025-03-29T00:00:00Z",
    "2025-04-06T12:00:00Z",
    ["2025-03-30T09:00+02:00", "2025-04-01T09:00+02:00", "2025-04-06T09:00+02:00"],
  ],
];

const EVERY_20_S = { cron: "*/20 59 1 * * *", withSeconds: true, timezone: PARIS };

describe("a schedule over a change of clocks", () => {
  test.each(ROWS)("%s", (_, cron, timezone, from, until, dates) => {
    expect(shown({ cron, timezone }, from, until)).toEqual(dates);
  });

  test("with seconds too", () => {
    expect(shown(EVERY_20_S, "2025-03-30T00:58:00Z", "2025-03-30T01:10:00Z")).toEqual([
      "2025-03-30T01:59+01:00",
      "2025-03-30T01:59:20+01:00",
      "2025-03-30T01:59:40+01:00",
    ]);
  });
});

describe("a downtime over the change of clocks", () => {
  // In Paris 02:00 and 02:00 again, 03:00, 04:00; the server comes back at 04:10.
  const downtime = {
    from: at("2025-10-25T23:30:00Z"),
    downUntil: at("2025-10-26T03:10:00Z"),
    until: at("2025-10-26T04:00:00Z"),
  };
  const hours = (properties: Trigger["properties"]) =>
    live(schedule({ cron: "0 * * * *", timezone: PARIS, ...properties }), downtime).dates.map((date) =>
      iso(date).slice(11, 16),
    );

  test.each([
    ["ALL", undefined, ["00:00", "01:00", "02:00", "03:00", "04:00"]],
    ["LAST", undefined, ["03:00", "04:00"]],
    ["NONE", undefined, ["04:00"]],
    ["ALL", "PT2H", ["02:00", "03:00", "04:00"]],
    ["LAST", "PT5M", ["04:00"]],
    ["NONE", "PT2H", ["04:00"]],
  ] as const)("%s with a delay of at most %s runs %j", (recoverMissedSchedules, lateMaximumDelay, expected) => {
    const delay = lateMaximumDelay === undefined ? {} : { lateMaximumDelay };
    expect(hours({ recoverMissedSchedules, ...delay })).toEqual(expected);
  });
});

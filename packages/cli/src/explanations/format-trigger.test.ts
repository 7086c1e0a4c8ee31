import type { TriggerExplanationAnswer } from "@capstan/api";
import { expect, test } from "vitest";
import { localTime } from "../terminal/local-time.ts";
import { formatTrigger } from "./format-trigger.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const plain = (_format: unknown, text: string) => text;

const unmet = {
  condition: "DayWeek",
  properties: { dayOfWeek: "MONDAY" },
  actual: { day: "FRIDAY" },
  values: { "vars.day": '"x"' },
};
const explanation: TriggerExplanationAnswer = {
  namespace: "company.team",
  flowId: "hello",
  triggerId: "daily",
  type: "io.kestra.plugin.core.trigger.Schedule",
  findings: [],
  gathered: [],
};
const shown = (more: Partial<TriggerExplanationAnswer>) =>
  formatTrigger({ ...explanation, ...more }, plain, NOW)
    .trimEnd()
    .split("\n");

test("what blocks a trigger is told apart from what it waits for", () => {
  const findings = [
    { code: "locked", text: "it waits for the end of one", blocks: true },
    { code: "date", text: "it fires at its next date", blocks: false, until: at(3600) },
  ];
  expect(shown({ findings })).toEqual([
    "daily of company.team.hello Schedule",
    "  ✗ it waits for the end of one",
    `  - it fires at its next date: ${localTime(at(3600))}, in 1h 00m`,
  ]);
});

test("a date of a schedule is told with the condition that does not hold, and what that looked at", () => {
  const dates = [
    { date: at(-60), holds: false, unmet },
    { date: at(60), holds: true },
    { date: at(120), holds: false, failure: "no date" },
  ];
  expect(shown({ dates, scheduleMistake: "no cron" })).toEqual([
    "daily of company.team.hello Schedule",
    "  ✗ its schedule can't be read: no cron",
    "",
    `date ${localTime(at(-60))}, 1m 00s ago: DayWeek does not hold`,
    "  dayOfWeek: MONDAY",
    "    day = FRIDAY",
    '    vars.day = "x"',
    "",
    `date ${localTime(at(60))}, in 1m 00s: its conditions hold`,
    "",
    `date ${localTime(at(120))}, in 2m 00s: no date`,
  ]);
});

test("what a flow trigger gathered is told with what is missing, and what it would make of an execution", () => {
  const evaluation = { date: at(-5), outcome: "not-met" as const, text: "no", executionId: "up" };
  expect(
    shown({
      gathered: [{ name: "all/flow:0", date: at(-60), executionId: "up" }, { name: "all/flow:1" }],
      evaluation,
      asked: { fires: false, evaluation },
      lastExecution: { id: "down", state: "SUCCESS", startDate: at(-600) },
    }).slice(1),
  ).toEqual([
    "",
    "waits for all of, within its window",
    "  ✓ all/flow:0 by up 1m 00s ago",
    "  ○ all/flow:1 is missing",
    "",
    "for this execution, 5.00s ago, looking at up: no",
    "",
    "last time that nothing came of it, 5.00s ago, looking at up: no",
    "",
    "last started down SUCCESS 10m 00s ago",
  ]);
  expect(shown({ asked: { fires: true } })).toContain("it would fire for this execution");
});

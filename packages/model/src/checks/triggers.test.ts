import { expect, test } from "vitest";
import { accepted, findings, flowWith, theOnly } from "../testing/diagnose.ts";
import { cronProblem, dayThatNeverComes } from "./cron.ts";

const trigger = (properties: string) => flowWith(`triggers:\n  - {id: t, ${properties}}`);

test("common properties are read, and the type's own are kept apart", () => {
  const [read] = accepted(
    trigger(
      "type: io.kestra.core.models.triggers.types.Schedule, cron: '0 3 * * *', timezone: Europe/Paris, disabled: true, stopAfter: [FAILED], labels: {a: 1}, inputs: {x: 1}, allowConcurrent: true, scheduleConditions: [{type: io.kestra.plugin.core.condition.DayWeekCondition, dayOfWeek: MONDAY}]",
    ),
  ).triggers;
  expect(read).toEqual({
    id: "t",
    type: "io.kestra.plugin.core.trigger.Schedule",
    writtenType: "io.kestra.core.models.triggers.types.Schedule",
    known: true,
    disabled: true,
    conditions: [{ type: "io.kestra.plugin.core.condition.DayWeek", properties: { dayOfWeek: "MONDAY" } }],
    labels: { a: "1" },
    inputs: { x: 1 },
    stopAfter: ["FAILED"],
    failOnTriggerError: false,
    allowConcurrent: true,
    properties: { cron: "0 3 * * *", timezone: "Europe/Paris" },
  });
});

test("nested conditions are checked and get their current names", () => {
  const source = trigger(
    "type: core.trigger.Flow, conditions: [{type: core.condition.Or, conditions: [{type: core.condition.NotCondition, conditions: [{type: core.condition.ExecutionStatus, in: [FAILED]}]}]}, {type: core.condition.MultipleCondition, id: m, window: PT1H, conditions: {a: {type: core.condition.Weekend}}}]",
  );
  expect(accepted(source).triggers[0]?.conditions).toEqual([
    {
      type: "io.kestra.plugin.core.condition.Or",
      properties: {
        conditions: [
          {
            type: "io.kestra.plugin.core.condition.Not",
            conditions: [{ type: "io.kestra.plugin.core.condition.ExecutionStatus", in: ["FAILED"] }],
          },
        ],
      },
    },
    {
      type: "io.kestra.plugin.core.condition.MultipleCondition",
      properties: { id: "m", window: "PT1H", conditions: { a: { type: "io.kestra.plugin.core.condition.Weekend" } } },
    },
  ]);
});

test.each([
  [
    "an unknown core condition",
    "type: core.trigger.Flow, conditions: [{type: core.condition.And}]",
    "4:58 invalid-type error",
  ],
  ["a task as condition", "type: core.trigger.Flow, conditions: [{type: core.log.Log}]", "4:58 wrong-element error"],
  ["an unknown state", "type: core.trigger.Flow, states: [DONE]", "4:47 invalid-value error"],
  [
    "a bad state deep inside",
    "type: core.trigger.Flow, conditions: [{type: core.condition.Or, conditions: [{type: core.condition.ExecutionStatus, in: [FINE]}]}]",
    "4:134 invalid-value error",
  ],
  ["a cron expression with too few fields", "type: core.trigger.Schedule, cron: '0 3 * *'", "4:48 invalid-cron error"],
  [
    "an unknown time zone",
    "type: core.trigger.Schedule, cron: '@daily', timezone: Europe/Pari",
    "4:68 invalid-value error",
  ],
  ["no cron expression", "type: core.trigger.Schedule", "4:6 missing-property error"],
  ["no key", "type: core.trigger.Webhook", "4:6 missing-property error"],
  [
    "a webhook that waits for several executions",
    "type: core.trigger.Webhook, key: k, conditions: [{type: core.condition.MultipleCondition, id: m, conditions: {a: {type: core.condition.Weekend}}}]",
    "4:61 invalid-value error",
  ],
  [
    "a backfill",
    "type: core.trigger.Schedule, cron: '@daily', backfill: {start: 2024-01-01}",
    "4:58 ignored-property note",
  ],
  [
    "a type of a plugin that is not installed",
    "type: io.kestra.plugin.aws.sqs.Trigger, queueUrl: x",
    "4:19 unknown-type warning",
  ],
])("a trigger with %s", (_what, properties, expected) => {
  expect(findings(trigger(properties))).toContain(expected);
});

test("a key of a webhook may have 256 characters", () => {
  const webhook = (length: number) => trigger(`type: core.trigger.Webhook, key: ${"k".repeat(length)}`);
  expect(findings(webhook(256))).toEqual([]);
  expect(findings(webhook(257))).toEqual(["4:46 invalid-value error"]);
});

test.each([
  "* * * * *",
  "*/5 8-18 * * 1-5",
  "0 0 7,14,21,28 * *",
  "0 9 * JAN-MAR MON",
  "@daily",
  "0 0 L * ?",
  "0 9 * * MON#1",
  "0 9 * * 7",
])("the cron expression %s is fine", (cron) => {
  expect(cronProblem(cron, false)).toBeUndefined();
});

test.each([
  ["60 * * * *", '"60" is no minute: 0 to 59 are possible'],
  ["* 24 * * *", '"24" is no hour: 0 to 23 are possible'],
  ["* * 0 * *", '"0" is no day of the month: 1 to 31 are possible'],
  ["* * * FOO *", '"FOO" is no month: 1 to 12 are possible'],
  ["*/0 * * * *", '"*/0" is no minute'],
  ["5-1 * * * *", '"5-1" is no minute: the range is upside down'],
  ["@often", "known names: @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"],
  ["0 0 3 * * *", "it has 6 fields, 5 are needed; set `withSeconds: true` for a field of seconds"],
])("the cron expression %s is refused", (cron, problem) => {
  expect(cronProblem(cron, false)).toBe(problem);
});

test.each([
  ["0 0 30 2 *", 30],
  ["0 0 31 APR,JUN ?", 31],
  ["0 0 29 2 *", undefined],
  ["0 0 31 NOV-JAN *", undefined],
  ["0 0 30,1 FEB *", undefined],
  ["0 0 31 FEB MON", undefined],
  ["0 0 31 */5 *", undefined],
  ["@daily", undefined],
])("the day of %s that never comes: %s", (cron, day) => {
  expect(dayThatNeverComes(cron)).toBe(day);
});

test("a schedule without a date gets a warning", () => {
  expect(findings(trigger("type: core.trigger.Schedule, cron: '0 0 31 2 *'"))).toEqual([
    "4:48 schedule-without-date warning",
  ]);
});

test("a field of seconds is accepted when the schedule asks for it", () => {
  expect(findings(trigger("type: core.trigger.Schedule, cron: '*/10 * * * * *', withSeconds: true"))).toEqual([]);
  expect(
    theOnly("invalid-cron", trigger("type: core.trigger.Schedule, cron: '* * * * *', withSeconds: true")).message,
  ).toContain("5 fields, 6 are needed");
});

import { scopeOf } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import { describe, expect, it } from "vitest";
import type { ConditionContext, UpstreamExecution } from "./condition.ts";
import { CONDITION_NAMES, evaluateConditions } from "./evaluate-conditions.ts";

const NEW = "io.kestra.plugin.core.condition.";
const OLD = "io.kestra.core.models.conditions.types.";

const execution: UpstreamExecution = {
  id: "e1",
  namespace: "company.team.data",
  flowId: "load",
  flowRevision: 3,
  state: "SUCCESS",
  labels: [
    { key: "env", value: "prod" },
    { key: "team", value: "a" },
  ],
  createdAt: 0,
  outputs: { rows: 12 },
  attempts: () => [["FAILED", "SUCCESS"], ["SUCCESS"]],
};
const context: ConditionContext = {
  scope: scopeOf({ trigger: { date: "2024-01-06T10:15:30+01:00" }, vars: { state: "SUCCESS", zero: 0 } }),
  environment: { now: () => 0, random: () => 0.5, timeZone: "Europe/Paris" },
  execution,
  flow: { namespace: "company.team", id: "own" },
};

function check(name: string, properties: JsonMap, changes: Partial<ConditionContext> = {}): unknown {
  const type = name.startsWith("io.") ? name : NEW + name;
  const result = evaluateConditions([{ type, properties }], { ...context, ...changes });
  return "holds" in result ? result.holds : result.failure;
}

describe("date conditions", () => {
  it.each<[string, JsonMap, boolean]>([
    ["DateTimeBetween", { after: "2024-01-06T09:15:29Z" }, true],
    ["DateTimeBetween", { after: "2024-01-06T09:15:30Z" }, false],
    ["DateTimeBetween", { before: "2024-01-06T09:15:30Z" }, false],
    ["DateTimeBetween", { after: "2024-01-01T00:00:00Z", before: "2024-02-01T00:00:00Z" }, true],
    ["DateTimeBetween", { date: "2023-01-01T00:00:00Z", after: "2024-01-01T00:00:00Z" }, false],
    [
      "DateTimeBetween",
      { date: "2024-01-06T10:00:00", after: "2024-01-06T08:59:59Z", before: "2024-01-06T09:00:01Z" },
      true,
    ],
    ["TimeBetween", { after: "10:00:00+01:00", before: "11:00:00+01:00" }, true],
    ["TimeBetween", { after: "10:00:00Z" }, false],
    ["TimeBetween", { after: "22:00:00+01:00", before: "06:00:00+01:00" }, false],
    ["TimeBetween", { after: "22:00:00+01:00", before: "11:00:00+01:00" }, true],
    ["TimeBetween", { before: "10:15:30+01:00" }, false],
    ["TimeBetween", { before: "10:15:31+01:00" }, true],
    ["DayWeek", { dayOfWeek: "SATURDAY" }, true],
    ["DayWeek", { dayOfWeek: "SUNDAY" }, false],
    ["DayWeek", { dayOfWeek: "{{ 'SATURDAY' }}" }, true],
    ["DayWeek", { date: "2024-01-06T23:30:00-05:00", dayOfWeek: "SATURDAY" }, true],
    ["DayWeekInMonth", { dayOfWeek: "SATURDAY", dayInMonth: "FIRST" }, true],
    ["DayWeekInMonth", { dayOfWeek: "SATURDAY", dayInMonth: "SECOND" }, false],
    ["DayWeekInMonth", { date: "2024-01-13T00:00:00Z", dayOfWeek: "SATURDAY", dayInMonth: "SECOND" }, true],
    ["DayWeekInMonth", { date: "2024-01-20T00:00:00Z", dayOfWeek: "SATURDAY", dayInMonth: "THIRD" }, true],
    ["DayWeekInMonth", { date: "2024-01-27T00:00:00Z", dayOfWeek: "SATURDAY", dayInMonth: "FOURTH" }, true],
    ["DayWeekInMonth", { date: "2024-01-27T00:00:00Z", dayOfWeek: "SATURDAY", dayInMonth: "LAST" }, true],
    ["DayWeekInMonth", { date: "2024-01-20T00:00:00Z", dayOfWeek: "SATURDAY", dayInMonth: "LAST" }, false],
    ["Weekend", {}, true],
    ["Weekend", { date: "2024-01-08T00:00:00Z" }, false],
    ["PublicHoliday", { country: "FR", date: "2024-07-14T12:00:00Z" }, true],
    ["PublicHoliday", { country: "FR", date: "2024-07-15T12:00:00Z" }, false],
    ["PublicHoliday", { country: "fr", date: "2024-04-01T12:00:00Z" }, true],
    ["PublicHoliday", { country: "DE", date: "2024-10-03T12:00:00Z" }, true],
    ["PublicHoliday", { country: "DE", subDivision: "BE", date: "2023-03-08" }, true],
    ["PublicHoliday", { country: "DE", date: "2023-03-08" }, false],
    ["PublicHoliday", { country: "US", date: "2024-11-28T12:00:00Z" }, true],
    ["PublicHoliday", { country: "US", date: "2021-12-31T12:00:00Z" }, true],
    ["PublicHoliday", { country: "US", date: "2024-05-27T12:00:00Z" }, true],
  ])("%s %j is %s", (name, properties, expected) => {
    expect(check(name, properties)).toBe(expected);
  });

  it("look at the given moment when there is no trigger.date", () => {
    const date = Temporal.Instant.from("2024-01-06T23:30:00Z").epochMilliseconds;
    expect(check("DayWeek", { dayOfWeek: "SUNDAY" }, { scope: scopeOf({}), date })).toBe(true);
  });
});

describe("conditions on the upstream execution", () => {
  it.each<[string, JsonMap, boolean]>([
    ["ExecutionFlow", { namespace: "company.team.data", flowId: "load" }, true],
    ["ExecutionFlow", { namespace: "company.team.data", flowId: "other" }, false],
    ["ExecutionFlow", { namespace: "company.team", flowId: "load" }, false],
    ["ExecutionNamespace", { namespace: "company.team.data" }, true],
    ["ExecutionNamespace", { namespace: "company.team" }, false],
    ["ExecutionNamespace", { namespace: "company.team", prefix: true }, true],
    ["ExecutionNamespace", { namespace: "company.team", prefix: false }, false],
    ["ExecutionNamespace", { namespace: "company", comparison: "PREFIX" }, true],
    ["ExecutionNamespace", { namespace: ".data", comparison: "SUFFIX" }, true],
    ["ExecutionNamespace", { namespace: "company.team", comparison: "EQUALS", prefix: true }, false],
    ["ExecutionLabels", { labels: { env: "prod" } }, true],
    ["ExecutionLabels", { labels: { env: "prod", team: "b" } }, false],
    ["ExecutionLabels", { labels: [{ key: "team", value: "a" }] }, true],
    ["ExecutionOutputs", { expression: "{{ trigger.outputs.rows > 10 }}" }, true],
    ["ExecutionOutputs", { expression: "{{ trigger.outputs.rows > 100 }}" }, false],
    ["ExecutionStatus", { in: ["SUCCESS", "WARNING"] }, true],
    ["ExecutionStatus", { in: ["FAILED"] }, false],
    ["ExecutionStatus", { notIn: ["SUCCESS"] }, false],
    ["ExecutionStatus", { in: ["{{ vars.state }}"] }, true],
    ["HasRetryAttempt", { in: ["FAILED"] }, true],
    ["HasRetryAttempt", { in: ["KILLED"] }, false],
    ["HasRetryAttempt", { notIn: ["FAILED", "SUCCESS"] }, false],
    ["FlowCondition", { namespace: "company.team", flowId: "own" }, true],
    ["FlowCondition", { namespace: "company.team", flowId: "load" }, false],
    ["FlowNamespaceCondition", { namespace: "company.team" }, true],
    ["FlowNamespaceCondition", { namespace: "company", prefix: true }, true],
    ["FlowNamespaceCondition", { namespace: "company" }, false],
  ])("%s %j is %s", (name, properties, expected) => {
    expect(check(name, properties)).toBe(expected);
  });

  it("on outputs don't hold for an execution without outputs", () => {
    const { outputs: _, ...bare } = execution;
    expect(check("ExecutionOutputs", { expression: "true" }, { execution: bare })).toBe(false);
    expect(check("ExecutionOutputs", { expression: "true" }, { execution: { ...bare, outputs: {} } })).toBe(false);
  });
});

describe("combinations", () => {
  const yes = { type: `${NEW}ExecutionStatus`, in: ["SUCCESS"] };
  const no = { type: `${NEW}ExecutionStatus`, in: ["FAILED"] };

  it.each<[string, JsonMap, boolean]>([
    ["Expression", { expression: "{{ vars.state == 'SUCCESS' }}" }, true],
    ["Expression", { expression: "{{ vars.state == 'FAILED' }}" }, false],
    ["Expression", { expression: "  " }, false],
    ["Expression", { expression: "{{ vars.zero }}" }, true],
    ["Or", { conditions: [no, yes] }, true],
    ["Or", { conditions: [no, no] }, false],
    ["Or", { conditions: [] }, false],
    ["Not", { conditions: [no, no] }, true],
    ["Not", { conditions: [no, yes] }, false],
    ["Not", { conditions: [{ type: `${NEW}Or`, conditions: [no, yes] }] }, false],
  ])("%s %j is %s", (name, properties, expected) => {
    expect(check(name, properties)).toBe(expected);
  });

  it("hold when there are no conditions", () => {
    expect(evaluateConditions([], context)).toEqual({ holds: true });
  });

  it("stop at the first condition that doesn't hold", () => {
    const broken = { type: `${NEW}Expression`, properties: { expression: "{{ nothing }}" } };
    const { type, ...properties } = no;
    expect(evaluateConditions([{ type, properties }, broken], context)).toEqual({ holds: false });
  });
});

describe("names", () => {
  it.each([
    [`${OLD}DayWeekCondition`, { dayOfWeek: "SATURDAY" }],
    [`${NEW}DayWeekCondition`, { dayOfWeek: "SATURDAY" }],
    [`${OLD}VariableCondition`, { expression: "yes" }],
    [`${NEW}ExpressionCondition`, { expression: "yes" }],
    [`${OLD}WeekendCondition`, {}],
    [`${OLD}FlowCondition`, { namespace: "company.team", flowId: "own" }],
    [`${OLD}FlowNamespaceCondition`, { namespace: "company.team" }],
    [`${OLD}NotCondition`, { conditions: [] }],
  ])("%s is understood", (type, properties) => {
    expect(check(type, properties)).toBe(true);
  });

  it("cover all that the language has", () => {
    expect(CONDITION_NAMES).toHaveLength(18);
  });
});

describe("a condition that can't be decided is a failure with its reason", () => {
  it.each<[string, JsonMap, RegExp]>([
    ["Nonsense", {}, /"io\.kestra\.plugin\.core\.condition\.Nonsense" is no known condition/u],
    [
      "Expression",
      { expression: "{{ nothing }}" },
      /^The condition Expression can't be evaluated: Unable to find `nothing`/u,
    ],
    ["DayWeek", { dayOfWeek: "CATURDAY" }, /`CATURDAY` is no day of the week/u],
    ["DayWeek", { date: "soon", dayOfWeek: "MONDAY" }, /`soon` is no ISO date/u],
    ["TimeBetween", {}, /it needs `after`, `before` or both/u],
    ["PublicHoliday", { country: "AQ" }, /The holidays of "AQ" are not known/u],
    [
      "PublicHoliday",
      { country: "US", subDivision: "TX" },
      /The holidays of the `subDivision` "TX" of US are not known/u,
    ],
    ["MultipleCondition", { id: "m", conditions: {} }, /need a Flow trigger/u],
    ["Not", { conditions: [{ type: `${NEW}Weekend`, date: "soon" }] }, /^The condition Weekend can't be evaluated/u],
  ])("%s %j", (name, properties, reason) => {
    expect(check(name, properties)).toMatch(reason);
  });

  it("without an execution to look at", () => {
    const { execution: _, ...alone } = context;
    const condition = { type: `${NEW}ExecutionStatus`, properties: { in: ["SUCCESS"] } };
    expect(evaluateConditions([condition], alone)).toEqual({
      failure: "The condition ExecutionStatus can't be evaluated: there is no execution to look at",
    });
  });
});

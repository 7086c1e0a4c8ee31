import { z } from "zod";
import { describeType, type TypeDefinition } from "../catalogue.ts";
import { conditions, dynamic, duration, text } from "../properties.ts";
import { STATES } from "../states.ts";
import { timeWindow } from "./triggers.ts";

const NEW = "io.kestra.plugin.core.condition.";
const OLD = "io.kestra.core.models.conditions.types.";

const date = () => text().optional().describe("What is looked at. Default: the date of the trigger.");
const states = () => z.array(z.enum(STATES)).optional().describe("States of the execution.");
const labels = () =>
  z
    .union([z.record(z.string(), z.unknown()), z.array(z.object({ key: text(), value: text() }))])
    .describe("Labels that the execution must have.");
const namespace = () => text().describe("Namespace to compare with.");
const flowId = () => text().describe("Flow to compare with.");
const expression = () => text().describe("Expression that must be true.");
const prefix = () =>
  dynamic(z.boolean()).optional().describe("Whether namespaces below it count as well. Default: false.");
const dayOfWeek = () =>
  dynamic(z.enum(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"])).describe(
    "Day of the week.",
  );

/** All names of a condition: 0.21 knew most of them with `Condition` at the end, in an older package as well. */
function condition(
  name: string,
  title: string,
  properties: () => z.ZodRawShape,
  aliases: readonly string[] = [`${OLD}${name}Condition`, `${NEW}${name}Condition`],
  deprecated?: string,
): TypeDefinition {
  return describeType({
    type: NEW + name,
    aliases,
    element: "condition",
    title,
    ...(deprecated === undefined ? {} : { deprecated }),
    properties: () => z.object(properties()),
  });
}

/** What must hold for a trigger to start an execution, or for a listener to run. */
export const CONDITIONS: readonly TypeDefinition[] = [
  condition("DateTimeBetween", "A date lies between two dates", () => ({
    date: date(),
    after: text().optional().describe("It must be later than this."),
    before: text().optional().describe("It must be earlier than this."),
  })),
  condition("TimeBetween", "A time of day lies between two times", () => ({
    date: date(),
    after: text().optional().describe("It must be later than this."),
    before: text().optional().describe("It must be earlier than this."),
  })),
  condition("DayWeek", "A date is a given day of the week", () => ({ date: date(), dayOfWeek: dayOfWeek() })),
  condition("DayWeekInMonth", "A date is the first, second, … given day of its month", () => ({
    date: date(),
    dayOfWeek: dayOfWeek(),
    dayInMonth: dynamic(z.enum(["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"])).describe("Which one of the month."),
  })),
  condition("Weekend", "A date is a Saturday or Sunday", () => ({ date: date() })),
  condition("PublicHoliday", "A date is a public holiday", () => ({
    date: date(),
    country: text().optional().describe("ISO code of the country. Default: that of the server."),
    subDivision: text().optional().describe("ISO code of the part of the country."),
  })),
  condition("ExecutionFlow", "The execution belongs to a flow", () => ({ namespace: namespace(), flowId: flowId() })),
  condition("ExecutionNamespace", "The execution belongs to a namespace", () => ({
    namespace: namespace(),
    comparison: dynamic(z.enum(["EQUALS", "PREFIX", "SUFFIX"]))
      .optional()
      .describe("How the namespace is compared. Default: EQUALS."),
    prefix: prefix(),
  })),
  condition("ExecutionLabels", "The execution has labels", () => ({ labels: labels() })),
  condition("ExecutionOutputs", "An expression over the execution's outputs holds", () => ({
    expression: expression(),
  })),
  condition("ExecutionStatus", "The execution is in one of some states", () => ({ in: states(), notIn: states() })),
  condition("Expression", "An expression holds", () => ({ expression: expression() }), [
    `${OLD}VariableCondition`,
    `${NEW}ExpressionCondition`,
  ]),
  condition(
    "FlowCondition",
    "This flow is a given flow",
    () => ({ namespace: namespace(), flowId: flowId() }),
    [`${OLD}FlowCondition`],
    "Use io.kestra.plugin.core.condition.ExecutionFlow.",
  ),
  condition(
    "FlowNamespaceCondition",
    "This flow is in a given namespace",
    () => ({ namespace: namespace(), prefix: prefix() }),
    [`${OLD}FlowNamespaceCondition`],
    "Use io.kestra.plugin.core.condition.ExecutionNamespace.",
  ),
  condition("HasRetryAttempt", "Some retried attempt ended in one of some states", () => ({
    in: states(),
    notIn: states(),
  })),
  condition(
    "MultipleCondition",
    "Several conditions were met within a window of time",
    () => ({
      id: z.string().describe("Names the condition."),
      conditions: conditions("map").describe("The conditions."),
      timeWindow: timeWindow().optional().describe("Window in which all must hold."),
      resetOnSuccess: z.boolean().optional().describe("Whether all begins anew after a start. Default: true."),
      window: duration().optional().meta({ deprecated: true, description: "Older form of `timeWindow.window`." }),
      windowAdvance: duration()
        .optional()
        .meta({ deprecated: true, description: "Older form of `timeWindow.windowAdvance`." }),
    }),
    [`${OLD}MultipleCondition`],
    "Use `preconditions` of the Flow trigger.",
  ),
  condition("Not", "None of some conditions holds", () => ({
    conditions: conditions("list").describe("The conditions."),
  })),
  condition("Or", "One of some conditions holds", () => ({
    conditions: conditions("list").describe("The conditions."),
  })),
];

import { z } from "zod";
import type { TypeDefinition } from "../catalogue.ts";
import { conditions, dynamic, duration, text } from "../properties.ts";
import { STATES } from "../states.ts";
import { timeWindow } from "./triggers.ts";

const NEW = "io.kestra.plugin.core.condition.";
const OLD = "io.kestra.core.models.conditions.types.";

const date = text().optional();
const states = z.array(z.enum(STATES)).optional();
const labels = z.union([z.record(z.string(), z.unknown()), z.array(z.object({ key: text(), value: text() }))]);
const dayOfWeek = dynamic(z.enum(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]));

/** All names of a condition: 0.21 knew most of them with `Condition` at the end, in an older package as well. */
function condition(
  name: string,
  title: string,
  properties: z.ZodRawShape,
  aliases: readonly string[] = [`${OLD}${name}Condition`, `${NEW}${name}Condition`],
): TypeDefinition {
  return { type: NEW + name, aliases, element: "condition", title, properties: z.object(properties) };
}

/** What must hold for a trigger to start an execution, or for a listener to run. */
export const CONDITIONS: readonly TypeDefinition[] = [
  condition("DateTimeBetween", "A date lies between two dates", {
    date,
    after: text().optional(),
    before: text().optional(),
  }),
  condition("TimeBetween", "A time of day lies between two times", {
    date,
    after: text().optional(),
    before: text().optional(),
  }),
  condition("DayWeek", "A date is a given day of the week", { date, dayOfWeek }),
  condition("DayWeekInMonth", "A date is the first, second, … given day of its month", {
    date,
    dayOfWeek,
    dayInMonth: dynamic(z.enum(["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"])),
  }),
  condition("Weekend", "A date is a Saturday or Sunday", { date }),
  condition("PublicHoliday", "A date is a public holiday", {
    date,
    country: text().optional(),
    subDivision: text().optional(),
  }),
  condition("ExecutionFlow", "The execution belongs to a flow", { namespace: text(), flowId: text() }),
  condition("ExecutionNamespace", "The execution belongs to a namespace", {
    namespace: text(),
    comparison: dynamic(z.enum(["EQUALS", "PREFIX", "SUFFIX"])).optional(),
    prefix: dynamic(z.boolean()).optional(),
  }),
  condition("ExecutionLabels", "The execution has labels", { labels }),
  condition("ExecutionOutputs", "An expression over the execution's outputs holds", { expression: text() }),
  condition("ExecutionStatus", "The execution is in one of some states", { in: states, notIn: states }),
  condition("Expression", "An expression holds", { expression: text() }, [
    `${OLD}VariableCondition`,
    `${NEW}ExpressionCondition`,
  ]),
  condition("FlowCondition", "This flow is a given flow", { namespace: text(), flowId: text() }, [
    `${OLD}FlowCondition`,
  ]),
  condition(
    "FlowNamespaceCondition",
    "This flow is in a given namespace",
    { namespace: text(), prefix: dynamic(z.boolean()).optional() },
    [`${OLD}FlowNamespaceCondition`],
  ),
  condition("HasRetryAttempt", "Some retried attempt ended in one of some states", { in: states, notIn: states }),
  condition(
    "MultipleCondition",
    "Several conditions were met within a window of time",
    {
      id: z.string(),
      conditions: conditions("map"),
      timeWindow: timeWindow.optional(),
      resetOnSuccess: z.boolean().optional(),
      window: duration().optional().meta({ deprecated: true, description: "Older form of `timeWindow.window`." }),
      windowAdvance: duration()
        .optional()
        .meta({ deprecated: true, description: "Older form of `timeWindow.windowAdvance`." }),
    },
    [`${OLD}MultipleCondition`],
  ),
  condition("Not", "None of some conditions holds", { conditions: conditions("list") }),
  condition("Or", "One of some conditions holds", { conditions: conditions("list") }),
];

import { z } from "zod";
import type { TypeDefinition } from "../catalogue.ts";
import { conditions, dynamic, duration, text } from "../properties.ts";
import { STATES } from "../states.ts";

const NEW = "io.kestra.plugin.core.trigger.";
const OLD = "io.kestra.core.models.triggers.types.";

const state = z.enum(STATES);
const recoverMissedSchedules = z.enum(["ALL", "LAST", "NONE"]).optional();

const upstreamFlow = z.object({
  namespace: z.string(),
  flowId: z.string().optional(),
  states: z.array(state).optional(),
  labels: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
  when: text().optional(),
});

const filter = z.object({
  field: z.enum(["FLOW_ID", "NAMESPACE", "STATE", "EXPRESSION"]),
  type: z.enum([
    "EQUAL_TO",
    "NOT_EQUAL_TO",
    "IN",
    "NOT_IN",
    "IS_TRUE",
    "IS_FALSE",
    "IS_NULL",
    "IS_NOT_NULL",
    "STARTS_WITH",
    "ENDS_WITH",
    "REGEX",
    "CONTAINS",
  ]),
  value: text().optional(),
  values: z.array(z.unknown()).optional(),
});

/** The window in which several upstream executions count as together. */
export const timeWindow = z.object({
  type: z.enum(["DURATION_WINDOW", "SLIDING_WINDOW", "DAILY_TIME_DEADLINE", "DAILY_TIME_WINDOW"]).optional(),
  window: duration().optional(),
  windowAdvance: duration().optional(),
  deadline: z.string().optional(),
  startTime: z.string().optional(),
  endTime: z.string().optional(),
});

const preconditions = z.object({
  id: z.string(),
  resetOnSuccess: z.boolean().optional(),
  timeWindow: timeWindow.optional(),
  flows: z.array(upstreamFlow).optional(),
  where: z
    .array(z.object({ id: z.string(), operand: z.enum(["AND", "OR"]).optional(), filters: z.array(filter) }))
    .optional(),
});

/** What starts executions without a person: a clock, a request, or another flow. */
export const TRIGGERS: readonly TypeDefinition[] = [
  {
    type: `${NEW}Schedule`,
    aliases: [`${OLD}Schedule`],
    element: "trigger",
    title: "Start the flow by the clock",
    properties: z.object({
      cron: z.string(),
      withSeconds: z.boolean().optional(),
      timezone: z.string().optional(),
      scheduleConditions: conditions("list").optional().meta({ renamedTo: "conditions" }),
      lateMaximumDelay: duration().optional(),
      recoverMissedSchedules,
      backfill: z.unknown().optional(),
    }),
    outputs: z.object({ date: z.string(), next: z.string(), previous: z.string() }),
  },
  {
    type: `${NEW}ScheduleOnDates`,
    element: "trigger",
    title: "Start the flow at given dates",
    properties: z.object({
      dates: dynamic(z.array(text())),
      timezone: z.string().optional(),
      recoverMissedSchedules,
    }),
    outputs: z.object({}),
  },
  {
    type: `${NEW}Webhook`,
    aliases: [`${OLD}Webhook`],
    element: "trigger",
    title: "Start the flow by an HTTP request",
    properties: z.object({
      key: text().meta({ secret: true }),
      wait: dynamic(z.boolean()).optional(),
      returnOutputs: dynamic(z.boolean()).optional(),
      responseContentType: dynamic(z.enum(["application/json", "text/plain"])).optional(),
      responseCode: dynamic(z.int()).optional(),
    }),
    outputs: z.object({
      body: z.unknown().optional(),
      headers: z.record(z.string(), z.array(z.string())),
      parameters: z.record(z.string(), z.array(z.string())),
    }),
  },
  {
    type: `${NEW}Flow`,
    aliases: [`${OLD}Flow`],
    element: "trigger",
    title: "Start the flow when other flows end",
    properties: z.object({
      states: z.array(state).optional(),
      preconditions: preconditions.optional().meta({ foreignContext: true }),
      dependsOn: z.array(upstreamFlow).optional().meta({ foreignContext: true }),
      window: duration().optional(),
      mode: z.enum(["ALL", "ANY", "AT_LEAST"]).optional(),
      minSatisfied: z.int().min(1).optional(),
    }),
    outputs: z.object({
      executionId: z.string(),
      namespace: z.string(),
      flowId: z.string(),
      flowRevision: z.int(),
      state: z.string(),
      executionLabels: z.record(z.string(), z.string()),
      outputs: z.record(z.string(), z.unknown()),
    }),
  },
];

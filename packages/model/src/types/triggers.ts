import { z } from "zod";
import { describeType, type TypeDefinition } from "../catalogue.ts";
import { conditions, dynamic, duration, secret, text } from "../properties.ts";
import { STATES } from "../states.ts";

const NEW = "io.kestra.plugin.core.trigger.";
const OLD = "io.kestra.core.models.triggers.types.";

const state = () => z.enum(STATES);
const recoverMissedSchedules = () =>
  z.enum(["ALL", "LAST", "NONE"]).optional().describe("Which dates are made up for after a downtime. Default: ALL.");

const upstreamFlow = () => dependency().extend({ namespace: z.string().describe("Namespace of the other flow.") });

const dependency = () =>
  z.object({
    namespace: z.string().optional().describe("Namespace of the other flow."),
    flowId: z.string().optional().describe("Id of the other flow."),
    states: z.array(state()).optional().describe("States of the other execution."),
    labels: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
    when: text().optional().describe("Expression that must be true."),
  });

const signature = () =>
  z.object({
    scheme: z
      .enum(["GITHUB", "GITLAB", "SLACK", "STRIPE", "STANDARD", "HMAC"])
      .describe(
        "How the sender signs: as GitHub, GitLab (a token), Slack, Stripe or Standard Webhooks do, or HMAC as said below.",
      ),
    secret: secret().describe("The secret that the sender signs with."),
    tolerance: duration()
      .optional()
      .describe("Age of a call that SLACK, STRIPE or STANDARD signed with its time. Default: PT5M."),
    header: z
      .string()
      .optional()
      .describe("With HMAC: name of the header that has the signature. Default: X-Signature."),
    prefix: z.string().optional().describe("With HMAC: what stands before the signature in the header. Default: none."),
    algorithm: z.enum(["SHA1", "SHA256", "SHA512"]).optional().describe("With HMAC: its hash. Default: SHA256."),
    encoding: z.enum(["HEX", "BASE64"]).optional().describe("With HMAC: how the signature is written. Default: HEX."),
  });

const filter = () =>
  z.object({
    field: z.enum(["FLOW_ID", "NAMESPACE", "STATE", "EXPRESSION"]).describe("What is compared."),
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
    value: text().optional().describe("What it is compared with."),
    values: z.array(z.unknown()).optional().describe("What it is compared with."),
  });

/** The window in which several upstream executions count as together. */
export const timeWindow = () =>
  z.object({
    type: z.enum(["DURATION_WINDOW", "SLIDING_WINDOW", "DAILY_TIME_DEADLINE", "DAILY_TIME_WINDOW"]).optional(),
    window: duration().optional().describe("Length of the window of time."),
    windowAdvance: duration().optional().describe("Time by which the window begins later than midnight."),
    deadline: z.string().optional().describe("Time of day until which it counts."),
    startTime: z.string().optional().describe("Time of day from which it counts."),
    endTime: z.string().optional().describe("Time of day until which it counts."),
  });

/** The window of `dependsOn`; its kind follows from what it names. */
const window = () =>
  z.object({
    deadline: z.string().optional().describe("Time of day until which it counts."),
    from: z.string().optional().describe("Time of day from which it counts."),
    to: z.string().optional().describe("Time of day until which it counts, with `from`."),
    every: duration().optional().describe("Length of windows one after the other. Default: P1D."),
    offset: duration().optional().describe("Time by which those begin later than midnight."),
    lookback: duration().optional().describe("How far back from each execution it reaches."),
    timezone: z.string().optional().describe("Zone of its days and times, such as Europe/Paris."),
    fireOnce: z.boolean().optional().describe("Whether all begins anew after a start. Default: true."),
  });

const preconditions = () =>
  z.object({
    id: z.string(),
    resetOnSuccess: z.boolean().optional().describe("Whether all begins anew after a start. Default: true."),
    timeWindow: timeWindow().optional().describe("Window in which all must happen."),
    flows: z.array(upstreamFlow()).optional().describe("Executions of other flows that must have ended."),
    where: z
      .array(z.object({ id: z.string(), operand: z.enum(["AND", "OR"]).optional(), filters: z.array(filter()) }))
      .optional(),
  });

/** What starts executions without a person: a clock, a request, or another flow. */
export const TRIGGERS: readonly TypeDefinition[] = [
  describeType({
    type: `${NEW}Schedule`,
    aliases: [`${OLD}Schedule`],
    element: "trigger",
    title: "Start the flow by the clock",
    properties: () =>
      z.object({
        cron: z.string().describe("Five fields (six with `withSeconds`), or a name such as @daily."),
        withSeconds: z.boolean().optional().describe("Whether the first field is the second. Default: false."),
        timezone: z.string().optional().describe("Time zone of the dates, such as Europe/Paris."),
        scheduleConditions: conditions("list")
          .optional()
          .meta({ renamedTo: "conditions", description: "Older form of `conditions`." }),
        lateMaximumDelay: duration().optional().describe("Dates that are later than this are left out."),
        recoverMissedSchedules: recoverMissedSchedules(),
        backfill: z.unknown().optional().describe("Ignored; start a backfill through the API."),
      }),
    outputs: () => z.object({ date: z.string(), next: z.string(), previous: z.string() }),
  }),
  describeType({
    type: `${NEW}ScheduleOnDates`,
    element: "trigger",
    title: "Start the flow at given dates",
    properties: () =>
      z.object({
        dates: dynamic(z.array(text())).describe("When to start."),
        timezone: z.string().optional().describe("Time zone of the dates, such as Europe/Paris."),
        recoverMissedSchedules: recoverMissedSchedules(),
      }),
    outputs: () => z.object({ date: z.string(), next: z.string().optional(), previous: z.string().optional() }),
  }),
  describeType({
    type: `${NEW}Webhook`,
    aliases: [`${OLD}Webhook`],
    element: "trigger",
    title: "Start the flow by an HTTP request",
    properties: () =>
      z.object({
        key: text().meta({ secret: true, description: "Last part of the address; who knows it may start the flow." }),
        signature: signature()
          .optional()
          .describe("How calls are signed; a call whose signature does not fit starts nothing. Default: not at all."),
        wait: dynamic(z.boolean())
          .optional()
          .describe("Whether the answer waits for the end of the execution. Default: false."),
        returnOutputs: dynamic(z.boolean())
          .optional()
          .describe("Whether the answer is the outputs of the flow. Default: false."),
        responseContentType: dynamic(z.enum(["application/json", "text/plain"]))
          .optional()
          .describe("Media type of the answer. Default: application/json."),
        responseCode: dynamic(z.int())
          .optional()
          .describe("Status of the answer, from 200 to 599; with `wait`, it may read outputs. Default: 200."),
        fetchType: z
          .enum(["FETCH", "STORE", "NONE"])
          .optional()
          .describe(
            "What becomes of the body: `trigger.body`, a stored file at `trigger.uri`, or nothing. Files of a form are always stored. Default: FETCH.",
          ),
      }),
    outputs: () =>
      z.object({
        body: z.unknown().optional().describe("JSON as its value, other text as it is, bytes as base64."),
        uri: z.string().optional().describe("Where the body is stored, with fetchType STORE."),
        parts: z
          .array(
            z.object({
              name: z.string(),
              filename: z.string(),
              contentType: z.string(),
              size: z.int(),
              uri: z.string(),
            }),
          )
          .optional()
          .describe("The files of a form, each stored at its `uri`."),
        formFields: z.record(z.string(), z.array(z.string())).optional().describe("The texts of a form."),
        headers: z.record(z.string(), z.array(z.string())),
        parameters: z.record(z.string(), z.array(z.string())),
      }),
  }),
  describeType({
    type: `${NEW}Flow`,
    aliases: [`${OLD}Flow`],
    element: "trigger",
    title: "Start the flow when other flows end",
    properties: () =>
      z.object({
        states: z.array(state()).optional().describe("States of the other execution."),
        preconditions: preconditions().optional().meta({
          foreignContext: true,
          description: "What must have happened in a window of time.",
        }),
        dependsOn: z
          .array(dependency())
          .optional()
          .meta({ foreignContext: true, description: "Executions of other flows that must have ended." }),
        window: z
          .union([duration(), window()])
          .optional()
          .describe("Window in which all of `dependsOn` must happen: a length, or one of its kinds. Default: a day."),
        mode: z.enum(["ALL", "ANY", "AT_LEAST"]).optional().describe("How many of `dependsOn` must have ended."),
        minSatisfied: z.int().min(1).optional().describe("How many, with mode AT_LEAST."),
      }),
    outputs: () =>
      z.object({
        executionId: z.string(),
        namespace: z.string().describe("Namespace of the other flow."),
        flowId: z.string().describe("Id of the other flow."),
        flowRevision: z.int(),
        state: z.string(),
        startDate: z.string().describe("When the other execution was created."),
        endDate: z.string().nullable().describe("When it ended; null where it has not."),
        firstFailedTaskId: z.string().nullable().describe("Its first task that failed, if one did."),
        lastTaskId: z.string().nullable().describe("Its task that began last."),
        executionLabels: z.record(z.string(), z.unknown()).describe("Its labels; their dots make maps in it."),
        outputs: z.record(z.string(), z.unknown()),
      }),
  }),
];

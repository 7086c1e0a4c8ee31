import { z } from "zod";
import { conditions, duration, text } from "../properties.ts";
import { STATES } from "../states.ts";

export const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;

/** Full matches, written as the messages show them. */
export const PATTERNS = {
  flowId: "^[a-zA-Z0-9][a-zA-Z0-9._-]*",
  namespace: "^[a-z0-9][a-z0-9._-]*",
  taskId: "^[a-zA-Z0-9][a-zA-Z0-9_-]*",
  inputId: "^[a-zA-Z0-9][.a-zA-Z0-9_-]*",
} as const;

export const ID_LENGTHS = { flowId: 100, namespace: 150, taskId: 256, inputId: 256 } as const;

/** An id; its characters are checked apart, with a message that shows the pattern. */
export function id(title: string) {
  return z.string().meta({ title });
}

const FALLBACKS = ["FAIL", "WAIT", "CANCEL", "IGNORE"] as const;

export const workerGroup = z.object({
  key: text().optional().describe("Name of the group."),
  fallback: z.enum(FALLBACKS).optional().describe("What to do without a worker of the group. Default: WAIT."),
});

/** Groups that a task or a flow may name. */
export const WORKER_TAGS_MAX = 20;

export const workerSelector = z.object({
  tags: z.array(text()).max(WORKER_TAGS_MAX).optional().describe("Names of groups."),
  match: z.enum(["ALL", "ANY"]).optional().describe("Whether a worker is of all of them, or of one. Default: ALL."),
  fallback: z.enum(FALLBACKS).optional().describe("What to do without such a worker. Default: FAIL."),
});

/** A map, or a list of `{key, value}`; read and checked by `checkLabels`. */
export const labels = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]);

/** Properties of every task. `retry` is checked by its own schema. */
export const TASK_COMMON = z.object({
  id: id("Unique in the whole flow"),
  type: z.string().describe("What it does: the name of a type."),
  version: text().optional().describe("Accepted, without effect."),
  description: z.string().optional().describe("For readers."),
  timeout: duration().optional().describe("Longest time of one attempt."),
  retry: z.unknown().optional().describe("What happens when the task fails."),
  disabled: z.boolean().optional().describe("Whether it is left out. Default: false."),
  runIf: text().optional().describe("Expression; the task is skipped when it is false. Default: true."),
  when: text().optional().describe("Newer spelling of `runIf`."),
  allowFailure: z.boolean().optional().describe("Whether a failure counts as a warning. Default: false."),
  allowWarning: z.boolean().optional().describe("Whether a warning counts as a success. Default: false."),
  logLevel: z.enum(LOG_LEVELS).optional().describe("The least level that is logged."),
  logToFile: z.boolean().optional().describe("Whether the log goes to a file. Default: false."),
  workerGroup: workerGroup.optional().describe("Which workers run it, where there are several."),
  workerSelector: workerSelector.optional().describe("Newer spelling of `workerGroup`, which goes before it."),
  taskCache: z
    .object({
      enabled: z.boolean().describe("Whether outputs are kept and used again."),
      ttl: duration().optional().describe("How long they may be used again. Default: for ever."),
    })
    .optional()
    .describe("Whether outputs of an earlier run with the same properties are used again."),
  assets: z.unknown().optional().describe("Accepted, without effect."),
});

/** Properties of every trigger. */
export const TRIGGER_COMMON = z.object({
  id: id("Unique among the triggers of the flow"),
  type: z.string().describe("What it does: the name of a type."),
  version: text().optional().describe("Accepted, without effect."),
  description: z.string().optional().describe("For readers."),
  disabled: z.boolean().optional().describe("Whether it is left out. Default: false."),
  conditions: conditions("list").optional().describe("All must hold for the trigger to start an execution."),
  when: text().optional().describe("Expression that must be true for the trigger to start an execution."),
  labels: labels.optional().describe("Labels of the executions that it starts."),
  inputs: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ dynamic: "deep" })
    .describe("Inputs of the executions that it starts."),
  stopAfter: z
    .array(z.enum(STATES))
    .optional()
    .describe("States; the trigger is disabled when one of its executions ends in one."),
  logLevel: z.enum(LOG_LEVELS).optional().describe("The least level that is logged."),
  logToFile: z.boolean().optional().describe("Whether the log goes to a file. Default: false."),
  failOnTriggerError: z
    .boolean()
    .optional()
    .describe("Whether an error of the trigger makes a failed execution. Default: false."),
  allowConcurrent: z
    .boolean()
    .optional()
    .describe("Whether it may start an execution while the last one runs. Default: false."),
  workerGroup: workerGroup.optional().describe("Accepted, without effect."),
  workerSelector: z.unknown().optional().describe("Accepted, without effect."),
  assets: z.unknown().optional().describe("Accepted, without effect."),
});

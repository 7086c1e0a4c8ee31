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

export const workerGroup = z.object({
  key: text().optional(),
  fallback: z.enum(["FAIL", "WAIT", "CANCEL", "IGNORE"]).optional(),
});

/** A map, or a list of `{key, value}`; read and checked by `checkLabels`. */
export const labels = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]);

/** Properties of every task. `retry` is checked by its own schema. */
export const TASK_COMMON = z.object({
  id: id("Unique in the whole flow"),
  type: z.string(),
  version: text().optional(),
  description: z.string().optional(),
  timeout: duration().optional(),
  retry: z.unknown().optional(),
  disabled: z.boolean().optional(),
  runIf: text().optional(),
  allowFailure: z.boolean().optional(),
  allowWarning: z.boolean().optional(),
  logLevel: z.enum(LOG_LEVELS).optional(),
  logToFile: z.boolean().optional(),
  workerGroup: workerGroup.optional(),
  workerSelector: z.unknown().optional(),
  taskCache: z.object({ enabled: z.boolean(), ttl: duration().optional() }).optional(),
  assets: z.unknown().optional(),
});

/** Properties of every trigger. */
export const TRIGGER_COMMON = z.object({
  id: id("Unique among the triggers of the flow"),
  type: z.string(),
  version: text().optional(),
  description: z.string().optional(),
  disabled: z.boolean().optional(),
  conditions: conditions("list").optional(),
  when: text().optional(),
  labels: labels.optional(),
  inputs: z.record(z.string(), z.unknown()).optional().meta({ dynamic: "deep" }),
  stopAfter: z.array(z.enum(STATES)).optional(),
  logLevel: z.enum(LOG_LEVELS).optional(),
  logToFile: z.boolean().optional(),
  failOnTriggerError: z.boolean().optional(),
  allowConcurrent: z.boolean().optional(),
  workerGroup: workerGroup.optional(),
  workerSelector: z.unknown().optional(),
  assets: z.unknown().optional(),
});

import { z } from "zod";
import { duration, text } from "../properties.ts";
import { id, labels, workerGroup } from "./common.ts";

export const CONCURRENCY = z.object({
  limit: z.int().min(1),
  behavior: z.enum(["QUEUE", "CANCEL", "FAIL"]).optional(),
});

const slaCommon = { id: z.string(), behavior: z.enum(["FAIL", "CANCEL", "NONE"]), labels: labels.optional() };

/** Service levels by their `type`. */
export const SLA = {
  MAX_DURATION: z.object({ type: z.literal("MAX_DURATION"), duration: duration(), ...slaCommon }),
  EXECUTION_ASSERTION: z.object({ type: z.literal("EXECUTION_ASSERTION"), assert: text(), ...slaCommon }),
};

export const CHECK = z.object({
  condition: text(),
  message: text(),
  style: z.enum(["ERROR", "SUCCESS", "WARNING", "INFO"]).optional(),
  behavior: z.enum(["BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"]).optional(),
});

export const PLUGIN_DEFAULT = z.object({
  type: z.string(),
  forced: z.boolean().optional(),
  values: z.record(z.string(), z.unknown()),
});

export const LISTENER = z.object({
  description: z.string().optional(),
  conditions: z.array(z.unknown()).optional(),
  tasks: z.array(z.unknown()).optional(),
});

const list = z.array(z.unknown()).optional();

/** The document itself; lists of elements are checked element by element. */
export const FLOW = z.object({
  id: id("Unique in its namespace, can't be changed later"),
  namespace: id("Dots make a hierarchy, can't be changed later"),
  description: z.string().optional(),
  labels: labels.optional(),
  inputs: list,
  variables: z.record(z.string(), z.unknown()).optional(),
  tasks: list,
  errors: list,
  finally: list,
  afterExecution: list,
  listeners: list.meta({ deprecated: true, description: "Use `afterExecution`, with `runIf` for the conditions." }),
  triggers: list,
  pluginDefaults: list,
  taskDefaults: list.meta({ renamedTo: "pluginDefaults" }),
  concurrency: z.unknown().optional(),
  outputs: list,
  retry: z.unknown().optional(),
  sla: list,
  checks: list,
  disabled: z.boolean().optional(),
  workerGroup: workerGroup.optional(),
  revision: z.unknown().optional(),
  tenantId: z.unknown().optional(),
  deleted: z.unknown().optional(),
  updated: z.unknown().optional(),
  source: z.unknown().optional(),
  quotas: z.unknown().optional(),
  workerSelector: z.unknown().optional(),
  extend: z.unknown().optional(),
});

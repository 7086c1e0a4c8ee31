import { z } from "zod";
import { duration, text } from "../properties.ts";
import { id, labels, workerGroup, workerSelector } from "./common.ts";
import { PRIORITY, PRIORITY_MAX } from "./flow-control.ts";

const slaCommon = { id: z.string(), behavior: z.enum(["FAIL", "CANCEL", "NONE"]), labels: labels.optional() };

/** Service levels by their `type`. */
export const SLA = {
  MAX_DURATION: z.object({ type: z.literal("MAX_DURATION"), duration: duration(), ...slaCommon }),
  EXECUTION_ASSERTION: z.object({ type: z.literal("EXECUTION_ASSERTION"), assert: text(), ...slaCommon }),
};

export const CHECK = z.object({
  condition: text().optional().describe("Expression that must be true for an execution to start."),
  when: text().optional().describe("Newer spelling of `condition`."),
  message: text().describe("What is told when the condition is false."),
  style: z
    .enum(["ERROR", "SUCCESS", "WARNING", "INFO"])
    .optional()
    .describe("How the message is shown. Default: INFO."),
  behavior: z
    .enum(["BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"])
    .optional()
    .describe("What happens when the condition is false. Default: BLOCK_EXECUTION."),
});

export const PLUGIN_DEFAULT = z.object({
  type: z.string().describe("A type, or the beginning of several."),
  forced: z.boolean().optional().describe("Whether the values replace those of the task. Default: false."),
  values: z.record(z.string(), z.unknown()).describe("Properties for every task or trigger of the type."),
});

export const LISTENER = z.object({
  description: z.string().optional().describe("For readers."),
  conditions: z.array(z.unknown()).optional().describe("All must hold for the tasks to run."),
  tasks: z.array(z.unknown()).optional().describe("Tasks that run when the execution has ended."),
});

const list = z.array(z.unknown()).optional();

/** The document itself; lists of elements are checked element by element. */
export const FLOW = z.object({
  id: id("Unique in its namespace, can't be changed later"),
  namespace: id("Dots make a hierarchy, can't be changed later"),
  description: z.string().optional().describe("For readers, in Markdown."),
  labels: labels.optional().describe("Labels of every execution: a map, or a list of {key, value}."),
  inputs: list.describe("Values that an execution is started with."),
  variables: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Values for `vars`; expressions inside need `render()`."),
  tasks: list.describe("What an execution does, in this order."),
  errors: list.describe("Tasks that run when a main task failed."),
  finally: list.describe("Tasks that run behind the main tasks and `errors`, whatever happened."),
  afterExecution: list.describe("Tasks that run when the execution has ended; they don't change its state."),
  listeners: list.meta({ deprecated: true, description: "Use `afterExecution`, with `runIf` for the conditions." }),
  triggers: list.describe("What starts executions."),
  pluginDefaults: list.describe("Properties that every task or trigger of a type gets."),
  taskDefaults: list.meta({ renamedTo: "pluginDefaults", description: "Older form of `pluginDefaults`." }),
  concurrency: z
    .unknown()
    .optional()
    .describe("How many executions of the flow may run at once; a list where several limits hold together."),
  quotas: list.describe("How many executions of the flow may start in a time."),
  debounce: z.unknown().optional().describe("Of executions that follow each other closely, only the last one runs."),
  batch: z.unknown().optional().describe("One execution for several starts, which it sees as `batch.items`."),
  priority: PRIORITY.optional().describe(
    `Who goes first where executions or tasks wait, -${PRIORITY_MAX} to ${PRIORITY_MAX}, or an expression. Default: 0.`,
  ),
  outputs: list.describe("Values that an execution answers with."),
  retry: z.unknown().optional().describe("Policy for tasks that have none of their own."),
  sla: list.describe("What an execution promises, and what happens when it does not hold."),
  checks: list.describe("Conditions for the start of an execution."),
  disabled: z.boolean().optional().describe("Whether nothing may start the flow. Default: false."),
  workerGroup: workerGroup.optional().describe("Which workers run tasks that name none."),
  revision: z.unknown().optional().describe("Set by the server."),
  tenantId: z.unknown().optional().describe("Set by the server."),
  deleted: z.unknown().optional().describe("Set by the server."),
  updated: z.unknown().optional().describe("Set by the server."),
  source: z.unknown().optional().describe("Set by the server."),
  workerSelector: workerSelector.optional().describe("Newer spelling of `workerGroup`, which goes before it."),
  policyRefs: z.unknown().optional().describe("Accepted, without effect."),
  extend: z.unknown().optional().describe("What a catalogue says of the flow; ignored."),
});

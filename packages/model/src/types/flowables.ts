import { z } from "zod";
import type { TypeDefinition } from "../catalogue.ts";
import { children, dynamic, dynamicMap, duration, text } from "../properties.ts";

const NEW = "io.kestra.plugin.core.flow.";
const OLD = "io.kestra.core.tasks.flows.";

/** Error and clean-up branches that every flowable has. */
const branches = { errors: children("tasks"), finally: children("tasks") };
const concurrent = dynamic(z.int().min(0)).optional();
const values = z.union([z.string(), z.array(z.unknown())]).meta({ dynamic: "deep" });
const loopValues = z
  .union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .meta({ dynamic: "deep" });
const fileMap = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ dynamic: "deep" });
const namespaceFiles = z.object({
  enabled: dynamic(z.boolean()).optional(),
  namespaces: dynamic(z.array(text())).optional(),
  include: dynamic(z.array(text())).optional(),
  exclude: dynamic(z.array(text())).optional(),
  ifExists: dynamic(z.enum(["OVERWRITE", "FAIL", "WARN", "IGNORE"])).optional(),
  folderPerNamespace: dynamic(z.boolean()).optional(),
});

function flowable(
  name: string,
  title: string,
  properties: z.ZodRawShape,
  more: Partial<Pick<TypeDefinition, "aliases" | "outputs" | "deprecated">> = {},
): TypeDefinition {
  return {
    type: NEW + name,
    aliases: [OLD + name],
    element: "task",
    title,
    properties: z.object({ ...properties, ...branches }),
    outputs: z.object({}),
    ...more,
  };
}

/** Tasks that hold other tasks and only decide which of them runs next. */
export const FLOWABLES: readonly TypeDefinition[] = [
  flowable("Sequential", "Run tasks one after the other", { tasks: children("tasks", "named") }),
  flowable("Parallel", "Run tasks at the same time", { tasks: children("tasks", "plain"), concurrent }),
  flowable("Dag", "Run tasks in the order of their dependencies", { tasks: children("dag", "plain"), concurrent }),
  flowable(
    "ForEach",
    "Run tasks for each value of a list",
    { values, concurrencyLimit: dynamic(z.int().min(0)).optional(), tasks: children("tasks", "plain") },
    { aliases: [] },
  ),
  flowable(
    "EachSequential",
    "Run tasks for each value, one value after the other",
    { value: values, tasks: children("tasks", "plain") },
    { deprecated: "Use io.kestra.plugin.core.flow.ForEach." },
  ),
  flowable(
    "EachParallel",
    "Run tasks for each value, all at the same time",
    { value: values, concurrent, tasks: children("tasks", "plain") },
    { deprecated: "Use io.kestra.plugin.core.flow.ForEach with concurrencyLimit 0." },
  ),
  flowable(
    "If",
    "Run tasks when a condition holds",
    // oxlint-disable-next-line unicorn/no-thenable -- the language calls the branch so
    { condition: text(), then: children("tasks", "plain"), else: children("tasks") },
    { outputs: z.object({ evaluationResult: z.boolean() }) },
  ),
  flowable(
    "Switch",
    "Choose tasks by a value",
    { value: text(), cases: children("cases"), defaults: children("tasks") },
    { outputs: z.object({ value: z.string(), defaults: z.boolean() }) },
  ),
  flowable("AllowFailure", "Run tasks and carry on when one fails", { tasks: children("tasks", "plain") }),
  flowable(
    "Pause",
    "Pause the execution until it is resumed or a time has passed",
    {
      pauseDuration: duration().optional(),
      delay: duration().optional().meta({ renamedTo: "pauseDuration" }),
      behavior: dynamic(z.enum(["RESUME", "WARN", "CANCEL", "FAIL"])).optional(),
      onResume: z.array(z.unknown()).optional().meta({ inputs: true }),
      onPause: children("task"),
      tasks: children("tasks"),
    },
    {
      outputs: z.object({
        onResume: z.record(z.string(), z.unknown()),
        resumed: z.object({ by: z.string(), on: z.string(), to: z.string() }),
      }),
    },
  ),
  flowable(
    "WorkingDirectory",
    "Run tasks on one worker in one shared folder",
    {
      tasks: children("tasks", "named"),
      inputFiles: fileMap.optional(),
      outputFiles: dynamic(z.array(text())).optional(),
      namespaceFiles: namespaceFiles.optional(),
      cache: z.object({ patterns: z.array(z.string()), ttl: duration().optional() }).optional(),
    },
    {
      aliases: [`${OLD}WorkingDirectory`, `${OLD}Worker`],
      outputs: z.object({ outputFiles: z.record(z.string(), z.string()) }),
    },
  ),
  flowable(
    "LoopUntil",
    "Repeat tasks until a condition holds",
    {
      condition: text(),
      failOnMaxReached: dynamic(z.boolean()).optional(),
      checkFrequency: z
        .object({
          maxIterations: dynamic(z.int().min(1)).optional(),
          maxDuration: duration().optional(),
          interval: duration().optional(),
        })
        .optional(),
      tasks: children("tasks", "plain"),
    },
    { aliases: [`${NEW}WaitFor`], outputs: z.object({ iterationCount: z.int() }) },
  ),
  flowable(
    "Loop",
    "Run tasks for each value, every iteration on its own",
    {
      values: loopValues,
      concurrencyLimit: dynamic(z.int().min(0)).optional(),
      transmitFailed: dynamic(z.boolean()).optional(),
      outputs: z.array(z.unknown()).optional().meta({ foreignContext: true }),
      fetchType: dynamic(z.enum(["AUTO", "FETCH", "STORE"])).optional(),
      tasks: children("tasks", "plain"),
    },
    { aliases: [], outputs: z.looseObject({}) },
  ),
  flowable(
    "Template",
    "Run the tasks of a stored template",
    { namespace: z.string(), templateId: z.string(), args: dynamicMap().optional() },
    { deprecated: "Use a subflow.", outputs: z.object({ args: z.record(z.string(), z.unknown()) }) },
  ),
  flowable(
    "ForEachItem",
    "Run a subflow for each batch of a file",
    {
      items: text(),
      batch: z
        .object({
          rows: dynamic(z.int().min(1)).optional(),
          bytes: text().optional(),
          partitions: dynamic(z.int().min(1)).optional(),
          regexPattern: text().optional(),
          separator: text().optional(),
        })
        .optional(),
      ...subflowProperties(),
    },
    {
      outputs: z.looseObject({}),
    },
  ),
];

/** Creates one execution of another flow. */
export const SUBFLOW: TypeDefinition = {
  type: `${NEW}Subflow`,
  aliases: [`${OLD}Flow`, `${OLD}Subflow`],
  element: "task",
  title: "Run another flow",
  properties: z.object({
    ...subflowProperties(),
    outputs: z.record(z.string(), z.unknown()).optional().meta({
      dynamic: "deep",
      deprecated: true,
      foreignContext: true,
      description: "Older form of `outputs` in the flow that is called.",
    }),
  }),
  outputs: z.object({ executionId: z.string(), state: z.string(), outputs: z.record(z.string(), z.unknown()) }),
};

function subflowProperties() {
  return {
    namespace: text(),
    flowId: text(),
    revision: dynamic(z.int().min(1)).optional(),
    inputs: dynamicMap().optional(),
    labels: z
      .union([z.record(z.string(), z.unknown()), z.array(z.object({ key: text(), value: text() }))])
      .optional()
      .meta({ dynamic: "deep" }),
    inheritLabels: dynamic(z.boolean()).optional(),
    wait: dynamic(z.boolean()).optional(),
    transmitFailed: dynamic(z.boolean()).optional(),
    scheduleDate: text().optional(),
    restartBehavior: dynamic(z.enum(["RETRY_FAILED", "NEW_EXECUTION"])).optional(),
  };
}

import { z } from "zod";
import { describeType, type TypeDefinition, type WrittenType } from "../catalogue.ts";
import { children, dynamic, dynamicMap, duration, text } from "../properties.ts";
import { OUTPUT } from "../schemas/input.ts";

const NEW = "io.kestra.plugin.core.flow.";
const OLD = "io.kestra.core.tasks.flows.";

/** Error and clean-up branches that every flowable has. */
const branches = () => ({
  errors: children("tasks").describe("Tasks that run when one of them failed."),
  finally: children("tasks").describe("Tasks that run behind all others, whatever happened."),
});
const concurrencyLimit = (standard: number) =>
  dynamic(z.int().min(0))
    .optional()
    .describe(`How many values are worked on at once; 0 means all. Default: ${standard}.`);
const TASKS = "The tasks inside.";
const concurrent = () =>
  dynamic(z.int().min(0)).optional().describe("How many may run at once; 0 means all. Default: 0.");
const onChildFailure = () =>
  dynamic(z.enum(["FAIL", "CANCEL", "CONTINUE"]))
    .optional()
    .describe(
      "What happens to tasks that still run when one has failed: they are interrupted and end FAILED or CANCELLED, or they go on. Default: FAIL.",
    );
const values = () =>
  z
    .union([z.string(), z.array(z.unknown())])
    .meta({ dynamic: "deep", description: "A list, or an expression that renders to one; each value once." });
const loopValues = () =>
  z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]).meta({
    dynamic: "deep",
    description:
      "A list, a map, an expression that renders to one, or the address of a file with a value on each line.",
  });
const REVIEW_INPUTS = "Inputs that the reviewer is asked for.";
const decisionName = (standard: string) => text().optional().describe(`Default: ${standard}.`);
const reviewBehavior = (description: string) =>
  dynamic(z.enum(["CONTINUE", "WARN", "FAIL", "SUCCEED", "CANCEL", "KILL"]))
    .optional()
    .describe(description);
const fileMap = () => z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ dynamic: "deep" });
const namespaceFiles = () =>
  z.object({
    enabled: dynamic(z.boolean()).optional().describe("Whether files of the namespace are there. Default: true."),
    namespaces: dynamic(z.array(text())).optional().describe("Namespaces whose files are taken."),
    include: dynamic(z.array(text())).optional().describe("Globs of files to take."),
    exclude: dynamic(z.array(text())).optional().describe("Globs of files to leave out."),
    ifExists: dynamic(z.enum(["OVERWRITE", "FAIL", "WARN", "IGNORE"]))
      .optional()
      .describe("What happens when a file is there already."),
    folderPerNamespace: dynamic(z.boolean())
      .optional()
      .describe("Whether each namespace gets a folder. Default: false."),
  });

function flowable(
  name: string,
  title: string,
  properties: () => z.ZodRawShape,
  more: Partial<Pick<WrittenType, "aliases" | "outputs" | "deprecated">> = {},
): TypeDefinition {
  return describeType({
    type: NEW + name,
    aliases: [OLD + name],
    element: "task",
    title,
    properties: () => z.object({ ...properties(), ...branches() }),
    outputs: () => z.object({}),
    ...more,
  });
}

/** Tasks that hold other tasks and only decide which of them runs next. */
export const FLOWABLES: readonly TypeDefinition[] = [
  flowable("Sequential", "Run tasks one after the other", () => ({
    tasks: children("tasks", "named").describe(TASKS),
  })),
  flowable("Parallel", "Run tasks at the same time", () => ({
    tasks: children("tasks", "plain").describe(TASKS),
    concurrent: concurrent(),
    onChildFailure: onChildFailure(),
  })),
  flowable("Dag", "Run tasks in the order of their dependencies", () => ({
    tasks: children("dag", "plain").describe(TASKS),
    concurrent: concurrent(),
    onChildFailure: onChildFailure(),
  })),
  flowable(
    "ForEach",
    "Run tasks for each value of a list",
    () => ({
      values: values(),
      concurrencyLimit: concurrencyLimit(1),
      tasks: children("tasks", "plain").describe(TASKS),
    }),
    { aliases: [] },
  ),
  flowable(
    "EachSequential",
    "Run tasks for each value, one value after the other",
    () => ({ value: values(), tasks: children("tasks", "plain").describe(TASKS) }),
    { deprecated: "Use io.kestra.plugin.core.flow.ForEach." },
  ),
  flowable(
    "EachParallel",
    "Run tasks for each value, all at the same time",
    () => ({ value: values(), concurrent: concurrent(), tasks: children("tasks", "plain").describe(TASKS) }),
    { deprecated: "Use io.kestra.plugin.core.flow.ForEach with concurrencyLimit 0." },
  ),
  flowable(
    "If",
    "Run tasks when a condition holds",
    // oxlint-disable-next-line unicorn/no-thenable -- the language calls the branch so
    () => ({
      condition: text().describe("Expression that is true or false."),
      then: children("tasks", "plain").describe("Tasks when it is true."),
      else: children("tasks").describe("Tasks when it is not."),
    }),
    { outputs: () => z.object({ evaluationResult: z.boolean() }) },
  ),
  flowable(
    "Switch",
    "Choose tasks by a value",
    () => ({
      value: text().describe("Text that is compared with the cases."),
      cases: children("cases").describe("Tasks by the value."),
      defaults: children("tasks").describe("Tasks for all other values."),
    }),
    { outputs: () => z.object({ value: z.string(), defaults: z.boolean() }) },
  ),
  flowable("AllowFailure", "Run tasks and carry on when one fails", () => ({
    tasks: children("tasks", "plain").describe(TASKS),
  })),
  flowable(
    "Pause",
    "Pause the execution until it is resumed or a time has passed",
    () => ({
      pauseDuration: duration().optional().describe("After it the execution goes on by itself."),
      delay: duration().optional().meta({ renamedTo: "pauseDuration" }).describe("Older form of `pauseDuration`."),
      behavior: dynamic(z.enum(["RESUME", "WARN", "CANCEL", "FAIL"]))
        .optional()
        .describe("What happens after `pauseDuration`. Default: RESUME."),
      onResume: z
        .array(z.unknown())
        .optional()
        .meta({ inputs: true })
        .describe("Inputs that are asked for when it is resumed."),
      onPause: children("task").describe("Task that runs when the pause begins."),
      tasks: children("tasks").meta({
        children: "tasks",
        deprecated: true,
        description: "Write them behind the Pause.",
      }),
    }),
    {
      outputs: () =>
        z.object({
          onResume: z.record(z.string(), z.unknown()).describe("Inputs that are asked for when it is resumed."),
          resumed: z.object({ by: z.string(), on: z.string(), to: z.string() }),
        }),
    },
  ),
  flowable(
    "Approval",
    "Pause the execution until a reviewer approves or denies what follows",
    () => ({
      inputs: z.array(z.unknown()).optional().meta({ inputs: true }).describe(REVIEW_INPUTS),
      decisions: z
        .object({ approve: decisionName("Approve"), deny: decisionName("Deny") })
        .optional()
        .describe("What the two decisions are called where a person takes them."),
      commentRequired: dynamic(z.enum(["NEVER", "ALWAYS", "ON_APPROVE", "ON_DENY"]))
        .optional()
        .describe("When the reviewer has to give a comment. Default: NEVER."),
      autoApprove: dynamic(z.boolean())
        .optional()
        .describe("Whether it is approved at once, without a pause and without `onWait`. Default: false."),
      approveBehavior: reviewBehavior("What follows an approval and its tasks. Default: CONTINUE."),
      denyBehavior: reviewBehavior("What follows a denial and its tasks. Default: CANCEL."),
      expireBehavior: reviewBehavior("What follows when nobody decides within the `timeout`. Default: CANCEL."),
      onWait: children("tasks").describe("Tasks that run before the pause."),
      onApprove: children("tasks").describe("Tasks that run after an approval."),
      onDeny: children("tasks").describe("Tasks that run after a denial."),
    }),
    {
      aliases: [],
      outputs: () =>
        z.object({
          decision: z.enum(["APPROVED", "DENIED", "EXPIRED"]),
          auto: z.boolean().describe("Whether `autoApprove` decided."),
          by: z.string().nullable().describe("Who decided; null when nobody did."),
          on: z.string().describe("When it was decided."),
          comment: z.string().nullable(),
          inputs: z.record(z.string(), z.unknown()).describe(REVIEW_INPUTS),
          due: z.string().optional().describe("When it expires, if it has a `timeout`."),
          url: z.string().optional().describe("Address of the execution's page, if the server knows its own."),
        }),
    },
  ),
  flowable(
    "WorkingDirectory",
    "Run tasks on one worker in one shared folder",
    () => ({
      tasks: children("tasks", "named").describe(TASKS),
      inputFiles: fileMap()
        .optional()
        .describe("Files for the folder: a map of names to contents, or JSON text of one."),
      outputFiles: dynamic(z.array(text())).optional().describe("Globs of files to keep."),
      namespaceFiles: namespaceFiles().optional().describe("Files of the namespace for the folder."),
      cache: z
        .object({ patterns: z.array(z.string()), ttl: duration().optional() })
        .optional()
        .describe("Files that are kept for the next run."),
    }),
    {
      aliases: [`${OLD}WorkingDirectory`, `${OLD}Worker`],
      outputs: () => z.object({ outputFiles: z.record(z.string(), z.string()) }),
    },
  ),
  flowable(
    "LoopUntil",
    "Repeat tasks until a condition holds",
    () => ({
      condition: text().describe("Expression; its text decides."),
      failOnMaxReached: dynamic(z.boolean())
        .optional()
        .describe("Whether reaching a limit fails the task. Default: false."),
      checkFrequency: z
        .object({
          maxIterations: dynamic(z.int().min(1)).optional().describe("Most rounds. Default: no limit."),
          maxDuration: duration()
            .optional()
            .describe("Longest time; a round that ends within it is followed by one more. Default: no limit."),
          interval: duration().optional().describe("Time between rounds. Default: PT1M."),
        })
        .optional()
        .describe("When to begin the next round, and when to give up."),
      tasks: children("tasks", "plain").describe(TASKS),
    }),
    { aliases: [`${NEW}WaitFor`], outputs: () => z.object({ iterationCount: z.int() }) },
  ),
  flowable(
    "Loop",
    "Run tasks for each value, every iteration on its own",
    () => ({
      values: loopValues(),
      concurrencyLimit: concurrencyLimit(0),
      transmitFailed: dynamic(z.boolean())
        .optional()
        .describe("Whether a failure in there fails this task. Default: true."),
      breakWhen: text().optional().meta({
        foreignContext: true,
        description:
          "Expression after each iteration: once it is true, no further ones begin. It sees the `item`, and of the `iteration` its executionId, state and outputs.",
      }),
      outputs: z.array(OUTPUT).optional().meta({
        foreignContext: true,
        description: "What is seen of each iteration from outside, as outputs of a flow.",
      }),
      fetchType: dynamic(z.enum(["AUTO", "FETCH", "STORE"]))
        .optional()
        .describe(
          "Whether outputs are kept with the execution, or stored as files: AUTO stores them when the values are the lines of a file. Default: AUTO.",
        ),
      tasks: children("tasks", "plain").describe(TASKS),
    }),
    {
      aliases: [],
      outputs: () =>
        z.object({
          outputs: z
            .array(z.object({ item: z.looseObject({}), outputs: z.record(z.string(), z.unknown()) }))
            .describe(
              "Of each iteration that ended well, its `item` (value, iteration, key) and its outputs, or as `uri` the file of them.",
            ),
          iterationCount: z.int().describe("How many iterations there were to be."),
          runningIterations: z.int().describe("How many have not ended: 0, once there are outputs."),
          terminatedIterations: z
            .record(z.string(), z.int())
            .describe("How many ended, by their states; those that did not begin are in none."),
        }),
    },
  ),
  flowable(
    "Template",
    "Run the tasks of a stored template",
    () => ({
      namespace: z.string().describe("Namespace of the template."),
      templateId: z.string().describe("Id of the template."),
      args: dynamicMap().optional().describe("Values for `parent.outputs.args` inside."),
    }),
    { deprecated: "Use a subflow.", outputs: () => z.object({ args: z.record(z.string(), z.unknown()) }) },
  ),
  flowable(
    "ForEachItem",
    "Run a subflow for each batch of a file",
    () => ({
      items: text().describe("Address of the file."),
      batch: z
        .object({
          rows: dynamic(z.int().min(1)).optional().describe("Lines of a batch. Default: 1."),
          bytes: text().optional().describe("Size of a batch, such as 10KB."),
          partitions: dynamic(z.int().min(1)).optional().describe("Number of batches."),
          regexPattern: text().optional().describe("Lines with the same first group belong to one batch."),
          separator: text().optional().describe("What separates lines. Default: a line break."),
        })
        .optional()
        .describe("How the file is divided."),
      ...subflowProperties(),
    }),
    {
      outputs: () => z.looseObject({}),
    },
  ),
];

/** Creates one execution of another flow. */
export const SUBFLOW: TypeDefinition = describeType({
  type: `${NEW}Subflow`,
  aliases: [`${OLD}Flow`, `${OLD}Subflow`],
  element: "task",
  title: "Run another flow",
  properties: () =>
    z.object({
      ...subflowProperties(),
      outputs: z.record(z.string(), z.unknown()).optional().meta({
        dynamic: "deep",
        deprecated: true,
        foreignContext: true,
        description: "Older form of `outputs` in the flow that is called.",
      }),
    }),
  outputs: () => z.object({ executionId: z.string(), state: z.string(), outputs: z.record(z.string(), z.unknown()) }),
});

function subflowProperties() {
  return {
    namespace: text().describe("Namespace of the flow."),
    flowId: text().describe("Id of the flow."),
    revision: dynamic(z.int().min(1)).optional().describe("Revision of the flow. Default: the latest."),
    inputs: dynamicMap().optional().describe("Inputs of the flow."),
    labels: z
      .union([z.record(z.string(), z.unknown()), z.array(z.object({ key: text(), value: text() }))])
      .optional()
      .meta({ dynamic: "deep", description: "Labels of the execution that is created." }),
    inheritLabels: dynamic(z.boolean())
      .optional()
      .describe("Whether it gets the labels of this execution. Default: false."),
    wait: dynamic(z.boolean()).optional().describe("Whether to wait for its end. Default: true."),
    transmitFailed: dynamic(z.boolean())
      .optional()
      .describe("Whether a failure in there fails this task. Default: true."),
    scheduleDate: text().optional().describe("When it is to start."),
    restartBehavior: dynamic(z.enum(["RETRY_FAILED", "NEW_EXECUTION"]))
      .optional()
      .describe("What a restart of this execution does with it. Default: RETRY_FAILED."),
  };
}

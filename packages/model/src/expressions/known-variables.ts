/** Root variables that some context offers. */
export const ROOT_VARIABLES: ReadonlySet<string> = new Set([
  "batch",
  "envs",
  "error",
  "execution",
  "files",
  "flow",
  "globals",
  "inputFile",
  "inputFiles",
  "inputs",
  "item",
  "kestra",
  "labels",
  "outputDir",
  "outputDirs",
  "outputFiles",
  "outputs",
  "parent",
  "parents",
  "response",
  "schedule",
  "task",
  "taskrun",
  "tasks",
  "tempFiles",
  "trigger",
  "vars",
  "workerTaskrun",
  "workingDir",
]);

/** What a root holds, for those whose content is always the same. */
export const ROOT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  execution: ["id", "startDate", "endDate", "originalId", "state", "outputs"],
  flow: ["id", "namespace", "revision", "tenantId"],
  kestra: ["environment", "url"],
  schedule: ["date", "next", "previous"],
  task: ["id", "type"],
  taskrun: [
    "id",
    "startDate",
    "attemptsCount",
    "parentId",
    "value",
    "iteration",
    "items",
    "idempotencyKey",
    "attemptKey",
  ],
};

/** What `batch` holds, and each of its `items`. */
export const BATCH_FIELDS: readonly string[] = ["items", "size", "key"];
export const BATCH_ITEM_FIELDS: readonly string[] = ["id", "date", "inputs", "labels", "trigger"];

/** What the `item` of a Loop holds; `value` is text. */
export const ITEM_FIELDS: readonly string[] = ["value", "index", "key", "parent", "parents"];

/** Roots that belong to a task run. */
export const TASK_ROOTS: ReadonlySet<string> = new Set(["parent", "parents", "task", "taskrun"]);

/** What a subflow's `trigger` holds: who called it. */
export const CALLER_FIELDS: readonly string[] = [
  "executionId",
  "namespace",
  "flowId",
  "flowRevision",
  "taskRunId",
  "taskId",
  "taskRunOutputs",
  "taskRunValue",
  "taskRunIteration",
];

/** Properties whose expressions see variables of their own, such as the fields of an item. */
const FREE_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "io.kestra.plugin.core.storage.FilterItems": ["filterCondition"],
  "io.kestra.plugin.core.storage.DeduplicateItems": ["expr"],
  "io.kestra.plugin.core.execution.Count": ["expression"],
};

/** Whether a property of a type defines root variables that can't be known here. */
export function hasFreeVariables(type: string, property: string): boolean {
  return FREE_VARIABLES[type]?.includes(property) ?? false;
}

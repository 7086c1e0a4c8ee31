/** Root variables that some context offers. */
export const ROOT_VARIABLES: ReadonlySet<string> = new Set([
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

import type { JsonMap, JsonValue, Task } from "@capstan/model";

/** What the author of a flow wrote. A checked flow lacks what does not matter for running it. */
export interface WrittenParts {
  /** A property of the flow itself. */
  flow(name: string): JsonValue | undefined;
  task(task: Pick<Task, "id" | "writtenType">): JsonMap | undefined;
  trigger(id: string): JsonMap | undefined;
}

/** Where tasks stand in a flow. */
const TASK_LISTS = ["tasks", "errors", "finally", "afterExecution", "listeners"];

/** Nothing is known of what was written. */
export const UNWRITTEN: WrittenParts = { flow: () => undefined, task: () => undefined, trigger: () => undefined };

/** The parts of a document that was read; of one that is no flow there are none. */
export function writtenParts(root: JsonMap = {}): WrittenParts {
  const tasks = new Map<string, JsonMap>();
  for (const name of TASK_LISTS) collect(root[name], tasks);
  const triggers = Array.isArray(root["triggers"]) ? root["triggers"].filter(isMap) : [];
  return {
    flow: (name) => root[name],
    task: ({ id, writtenType }) => tasks.get(keyOf(id, writtenType)),
    trigger: (id) => triggers.find((trigger) => String(trigger["id"]) === id),
  };
}

/** Ids of tasks are unique in a flow, and nothing else has the type of a task. */
function collect(value: JsonValue | undefined, into: Map<string, JsonMap>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (isMap(value)) {
    const { id, type } = value;
    if (typeof type === "string" && id !== undefined && !into.has(keyOf(String(id), type)))
      into.set(keyOf(String(id), type), value);
    for (const inner of Object.values(value)) collect(inner, into);
  }
}

function keyOf(id: string, type: string): string {
  return `${type} ${id}`;
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

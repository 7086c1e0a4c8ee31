import type { TypeDefinition } from "../catalogue.ts";
import { parseDuration } from "../duration.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, plain, textOf } from "../document/source-node.ts";
import type { Input, JsonMap, Task, WorkerSelector } from "../flow.ts";
import { without } from "../json-value.ts";
import { LIMITS } from "../limits.ts";
import { TASK_COMMON } from "../schemas/common.ts";
import { taskKindOf } from "../types/task-kind.ts";
import { checkMap } from "./check-schema.ts";
import type { CheckedLists, CheckedTask } from "./checked-task.ts";
import { checkChildren, type TaskReaders } from "./children.ts";
import { type CheckContext, nameOf, type Path, report } from "./context.ts";
import { found } from "./schema-issues.ts";
import { eitherOf } from "./either-of.ts";
import { defined } from "./defined.ts";
import { type ElementType, resolveType } from "./element-type.ts";
import { checkId } from "./identifiers.ts";
import { checkInputs } from "./inputs.ts";
import { checkRetry } from "./retry.ts";
import { metaOf } from "./schema-shape.ts";

const PAUSE = "io.kestra.plugin.core.flow.Pause";
export const APPROVAL = "io.kestra.plugin.core.flow.Approval";
const WORKING_DIRECTORY = "io.kestra.plugin.core.flow.WorkingDirectory";
/** Common properties that only mean something to a worker, and the types that use them all the same. */
const FOR_WORKERS: Readonly<Record<string, readonly string[]>> = {
  timeout: [PAUSE, APPROVAL, WORKING_DIRECTORY, "io.kestra.plugin.core.flow.Subflow"],
  taskCache: [],
  workerGroup: [WORKING_DIRECTORY],
  workerSelector: [WORKING_DIRECTORY],
};

/** Reads a list of tasks; nothing when it is absent. */
export function checkTaskList(context: CheckContext, node: SourceNode | undefined, path: Path): CheckedTask[] {
  if (node === undefined || isAbsent(node)) return [];
  if (node.kind !== "list") {
    const found = node.kind === "map" ? "a map" : "text";
    report(
      context,
      "wrong-type",
      { place: node, path, hint: "begin each task with `- `" },
      String(path.at(-1)),
      "a list of tasks",
      found,
    );
    return [];
  }
  return node.items.flatMap((item, index) => checkTask(context, item, [...path, index]) ?? []);
}

/** Reads one task and everything inside it. */
export function checkTask(context: CheckContext, node: SourceNode, path: Path): CheckedTask | undefined {
  context.taskCount += 1;
  if (context.taskCount > LIMITS.tasks) {
    report(context, "too-many-tasks", { place: context.firstPlace, path: ["tasks"] }, String(LIMITS.tasks));
    return undefined;
  }
  if (node.kind !== "map") {
    report(context, "wrong-type", { place: node, path }, nameOf(path), "a map with id and type", found(node));
    return undefined;
  }
  const id = checkId(context, node, "id", path, "taskId");
  const type = resolveType(context, node, path, "task");
  const own = type?.definition?.properties.shape ?? {};
  const common = checkCommon(context, node, path, own);
  const lists = type?.definition === undefined ? {} : checkChildren(context, type.definition, node, path, id, READERS);
  const properties =
    type?.definition === undefined ? unknownProperties(node) : ownProperties(context, type.definition, node, path);
  const retry = Object.hasOwn(own, "retry")
    ? undefined
    : checkRetry(context, node.entries.get("retry")?.value, [...path, "retry"]);
  const kind = taskKindOf(type?.name ?? "");
  if (type?.definition !== undefined && kind !== "runnable") reportIneffective(context, type, node, path);
  const task: Task = {
    id,
    type: type?.name ?? "",
    writtenType: type?.written ?? "",
    kind,
    known: type?.definition !== undefined,
    ...common,
    ...defined({ retry }),
    properties,
    lists: tasksOf(lists.lists),
    ...defined({ dependsOn: lists.dependsOn }),
  };
  return { task, node, path, definition: type?.definition, lists: lists.lists ?? {} };
}

const READERS: TaskReaders = { task: checkTask, list: checkTaskList };

type Common = Pick<
  Task,
  | "disabled"
  | "runIf"
  | "timeout"
  | "allowFailure"
  | "allowWarning"
  | "logLevel"
  | "logToFile"
  | "workerGroup"
  | "workerSelector"
  | "taskCache"
>;

function checkCommon(context: CheckContext, node: MapNode, path: Path, own: object): Common {
  const hidden = Object.keys(own).filter((key) => Object.hasOwn(TASK_COMMON.shape, key));
  const visible =
    hidden.length === 0
      ? node
      : { ...node, entries: new Map([...node.entries].filter(([key]) => !hidden.includes(key))) };
  const { read } = checkMap(context, TASK_COMMON, visible, path, { name: "task", also: node.entries.keys() });
  const { taskCache: cache, workerGroup, workerSelector } = read;
  const ttlMs = cache?.ttl === undefined ? undefined : parseDuration(cache.ttl);
  return {
    disabled: read.disabled ?? false,
    allowFailure: read.allowFailure ?? false,
    allowWarning: read.allowWarning ?? false,
    logToFile: read.logToFile ?? false,
    ...defined({
      runIf: eitherOf(context, visible, path, read, ["runIf", "when"]),
      timeout: read.timeout,
      logLevel: read.logLevel,
      workerGroup: workerGroup === undefined ? undefined : defined(workerGroup),
      workerSelector: selectorOf(workerSelector),
      taskCache: cache === undefined ? undefined : { enabled: cache.enabled, ...defined({ ttlMs }) },
    }),
  };
}

/** Without a tag it says nothing. */
export function selectorOf(
  read: { [Key in keyof WorkerSelector]?: WorkerSelector[Key] | undefined } | undefined,
): WorkerSelector | undefined {
  const { tags = [], ...rest } = read ?? {};
  return tags.length === 0 ? undefined : { tags, ...defined(rest) };
}

/** Names that belong to the language wherever a type does not use them itself. */
const COMMON_NAMES = Object.keys(TASK_COMMON.shape);

function unknownProperties(node: MapNode): JsonMap {
  return without(plain(node), COMMON_NAMES);
}

function ownProperties(context: CheckContext, definition: TypeDefinition, node: MapNode, path: Path): JsonMap {
  const { properties: schema, type } = definition;
  const { written: properties } = checkMap(context, schema, node, path, { name: type, also: COMMON_NAMES });
  for (const [key, property] of Object.entries(schema.shape)) {
    const meta = metaOf(property);
    const value = node.entries.get(key)?.value;
    if (meta.children !== undefined) delete properties[key];
    else if (meta.inputs === true && value !== undefined && properties[key] !== undefined)
      properties[key] = checkInputs(context, value, [...path, key]).map(({ input }) => asData(input));
    else if (value !== undefined) checkNested(context, key, value, [...path, key]);
  }
  return properties;
}

/** Task runners and other elements with a type of their own inside a task, in its lists, and in each other. */
function checkNested(context: CheckContext, key: string, node: SourceNode, path: Path): void {
  if (node.kind === "list")
    for (const [index, item] of node.items.entries()) checkNested(context, key, item, [...path, index]);
  if (node.kind !== "map" || !node.entries.has("type")) return;
  const type = textOf(node.entries.get("type")?.value) ?? "";
  const known = context.catalogue.find(type);
  if (key !== "taskRunner" && known?.element !== "other") return;
  const element = resolveType(context, node, path, known?.element === "other" ? "other" : "taskRunner");
  if (element?.definition !== undefined)
    checkMap(context, element.definition.properties, node, path, { name: element.name, also: ["type", "version"] });
  for (const entry of node.entries.values()) checkNested(context, entry.key, entry.value, [...path, entry.key]);
}

function reportIneffective(context: CheckContext, type: ElementType, node: MapNode, path: Path): void {
  for (const [key, users] of Object.entries(FOR_WORKERS)) {
    const entry = node.entries.get(key);
    if (entry === undefined || users.includes(type.name) || entry.fromDefault !== undefined) continue;
    report(context, "ineffective-property", { place: entry.keyPlace, path: [...path, key] }, key, type.name);
  }
}

function tasksOf(lists: CheckedLists | undefined): Record<string, readonly Task[]> {
  return Object.fromEntries(Object.entries(lists ?? {}).map(([name, tasks]) => [name, tasks.map(({ task }) => task)]));
}

/** An input definition is made of JSON only. */
function asData({ dependsOn, rows, properties, columns, ...input }: Input): JsonMap {
  return {
    ...input,
    ...(dependsOn === undefined ? {} : { dependsOn: { ...dependsOn } }),
    ...(rows === undefined ? {} : { rows: { ...rows } }),
    ...(properties === undefined ? {} : { properties: properties.map(asData) }),
    ...(columns === undefined ? {} : { columns: columns.map(asData) }),
  };
}

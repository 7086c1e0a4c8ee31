import type { TypeDefinition } from "../catalogue.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, textOf } from "../document/source-node.ts";
import { firstOf, found } from "./schema-issues.ts";
import type { CheckedLists, CheckedTask } from "./checked-task.ts";
import { type CheckContext, listed, nameHint, type Path, report } from "./context.ts";
import { circlesIn } from "./circles.ts";
import { metaOf } from "./schema-shape.ts";

export interface Children {
  readonly lists?: CheckedLists;
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
}

/** How tasks are read; given, because a task reads its children and children are tasks. */
export interface TaskReaders {
  task(context: CheckContext, node: SourceNode, path: Path): CheckedTask | undefined;
  list(context: CheckContext, node: SourceNode, path: Path): CheckedTask[];
}

const DAG_ITEM = ["task", "dependsOn"];

/** Reads every property of a type that holds tasks, and checks that none is empty that must not be. */
export function checkChildren(
  context: CheckContext,
  definition: TypeDefinition,
  node: MapNode,
  path: Path,
  id: string,
  readers: TaskReaders,
): Children {
  const lists: CheckedLists = {};
  let dependsOn: Children["dependsOn"];
  for (const [key, schema] of Object.entries(definition.properties.shape)) {
    const { children, notEmpty } = metaOf(schema);
    if (children === undefined) continue;
    const value = node.entries.get(key)?.value;
    const at = [...path, key];
    if (notEmpty !== undefined && isEmpty(value)) {
      const finding = { place: firstOf(node, key), path: at };
      if (notEmpty === "plain") report(context, "empty-list", finding, key);
      else report(context, "empty-tasks", finding, id, key);
    }
    if (value === undefined || isAbsent(value)) continue;
    if (children === "tasks") lists[key] = readers.list(context, value, at);
    else if (children === "cases") Object.assign(lists, checkCases(context, value, at, key, readers));
    else if (children === "dag") {
      const dag = checkDag(context, value, at, readers);
      lists[key] = dag.tasks;
      dependsOn = dag.dependsOn;
    } else {
      const child = readers.task(context, value, at);
      if (child !== undefined) lists[key] = [child];
    }
  }
  return dependsOn === undefined ? { lists } : { lists, dependsOn };
}

function isEmpty(node: SourceNode | undefined): boolean {
  return isAbsent(node) || (node?.kind === "list" && node.items.length === 0);
}

function checkCases(
  context: CheckContext,
  node: SourceNode,
  path: Path,
  key: string,
  readers: TaskReaders,
): CheckedLists {
  if (node.kind !== "map") return {};
  const cases = Array.from(node.entries.values(), (entry) => {
    const tasks = readers.list(context, entry.value, [...path, entry.key]);
    return [`${key}.${entry.key}`, tasks] as const;
  });
  return Object.fromEntries(cases);
}

interface Dag {
  readonly tasks: readonly CheckedTask[];
  readonly dependsOn: Readonly<Record<string, readonly string[]>>;
}

function checkDag(context: CheckContext, node: SourceNode, path: Path, readers: TaskReaders): Dag {
  if (node.kind !== "list") return { tasks: [], dependsOn: {} };
  const tasks: CheckedTask[] = [];
  const dependsOn: [string, readonly string[]][] = [];
  const waits: { readonly id: string; readonly wanted: string; readonly place: SourceNode; readonly path: Path }[] = [];
  for (const [index, item] of node.items.entries()) {
    const at = [...path, index];
    if (item.kind !== "map") {
      report(context, "wrong-type", { place: item, path: at }, "tasks", "a list of {task, dependsOn}", found(item));
      continue;
    }
    if (!item.entries.has("task") && item.entries.has("type")) {
      const hint = "put the task under `task:`, beside `dependsOn:`";
      report(context, "missing-property", { place: firstOf(item, "task"), path: [...at, "task"], hint }, "task");
      continue;
    }
    for (const { key, keyPlace } of item.entries.values()) {
      if (DAG_ITEM.includes(key)) continue;
      const hint = () => nameHint(key, DAG_ITEM);
      report(context, "unknown-property", { place: keyPlace, path: [...at, key], hint }, key, "a Dag's entry");
    }
    const taskNode = item.entries.get("task")?.value;
    if (taskNode === undefined || isAbsent(taskNode)) {
      report(context, "missing-property", { place: firstOf(item, "task"), path: [...at, "task"] }, "task");
      continue;
    }
    const task = readers.task(context, taskNode, [...at, "task"]);
    if (task === undefined) continue;
    tasks.push(task);
    const wanted = item.entries.get("dependsOn")?.value;
    const ids = wanted?.kind === "list" ? wanted.items : [];
    if (wanted !== undefined && !isAbsent(wanted) && wanted.kind !== "list")
      report(
        context,
        "wrong-type",
        { place: wanted, path: [...at, "dependsOn"] },
        "dependsOn",
        "a list of task ids",
        found(wanted),
      );
    for (const [position, entry] of ids.entries()) {
      const text = textOf(entry);
      if (text !== undefined)
        waits.push({ id: task.task.id, wanted: text, place: entry, path: [...at, "dependsOn", position] });
    }
    dependsOn.push([task.task.id, ids.flatMap((entry) => textOf(entry) ?? [])]);
  }
  const known = new Set(tasks.map(({ task }) => task.id));
  for (const { wanted, place, path: at } of waits)
    if (!known.has(wanted))
      report(context, "dag-missing", { place, path: at, hint: () => nameHint(wanted, known) }, wanted);
  const graph = Object.fromEntries(dependsOn);
  reportCycle(context, graph, waits);
  return { tasks, dependsOn: graph };
}

function reportCycle(
  context: CheckContext,
  graph: Readonly<Record<string, readonly string[]>>,
  waits: readonly { readonly id: string; readonly wanted: string; readonly place: SourceNode; readonly path: Path }[],
): void {
  const inCycle = new Set(circlesIn(new Map(Object.entries(graph))).flat());
  if (inCycle.size === 0) return;
  const first = waits.find(({ id, wanted }) => inCycle.has(id) && inCycle.has(wanted));
  if (first !== undefined) report(context, "dag-cycle", { place: first.place, path: first.path }, listed([...inCycle]));
}

import { itemsAt, type MapNode, mapAt, textOf } from "../document/source-node.ts";
import { type CheckContext, listed, type Path, report } from "./context.ts";
import { checkLoopValues } from "./loop-values.ts";
import { checkPlainConditions } from "./plain-condition.ts";
import { checkDependencyFields, checkPreconditionFields } from "./preconditions.ts";
import type { CheckedParts } from "./flow.ts";
import type { CheckedTask } from "./checked-task.ts";
import { APPROVAL } from "./tasks.ts";
import { FLOW_TRIGGER, SCHEDULE, WEBHOOK } from "./triggers.ts";

const SUBFLOW_TYPES = new Set(["io.kestra.plugin.core.flow.Subflow", "io.kestra.plugin.core.flow.ForEachItem"]);
const SWITCH = "io.kestra.plugin.core.flow.Switch";
const WORKING_DIRECTORY = "io.kestra.plugin.core.flow.WorkingDirectory";

/** The rules that look at more than one element. */
export function checkRules(context: CheckContext, parts: CheckedParts): void {
  const tasks = [...allTasks(parts)];
  checkUnique(context, "duplicate-task-id", tasks);
  checkUnique(
    context,
    "duplicate-trigger-id",
    parts.triggers.map(({ trigger, node, path }) => ({ task: trigger, node, path })),
  );
  checkUnique(
    context,
    "duplicate-input",
    parts.inputs.map(({ input, node, path }) => ({ task: input, node, path })),
  );
  checkUnique(context, "duplicate-output", outputsOf(parts));
  checkPreconditions(context, parts);
  for (const checked of tasks) {
    checkRecursion(context, parts, checked);
    checkSwitch(context, checked);
    checkLoopValues(context, checked);
    checkPlainConditions(context, checked.task.type, checked.node, checked.path);
    checkUnique(context, "duplicate-input", askedInputs(checked));
    checkWorkingDirectory(context, checked);
  }
  for (const { trigger, node, path } of parts.triggers) {
    checkPlainConditions(context, trigger.type, node, path);
    if (!trigger.disabled) checkTriggerInputs(context, parts, trigger, node, path);
  }
}

/** Every task of the flow, parents before children, in the order of the sections. */
export function* allTasks(parts: CheckedParts): Iterable<CheckedTask> {
  for (const tasks of parts.sections.values()) for (const task of tasks) yield* withChildren(task);
}

export function* withChildren(task: CheckedTask): Iterable<CheckedTask> {
  yield task;
  for (const list of Object.values(task.lists)) for (const child of list) yield* withChildren(child);
}

interface Identified {
  readonly task: { readonly id: string };
  readonly node: MapNode;
  readonly path: Path;
}

type DuplicateCode =
  | "duplicate-task-id"
  | "duplicate-trigger-id"
  | "duplicate-input"
  | "duplicate-output"
  | "duplicate-preconditions";

/** One finding for all ids that appear twice, at the first repetition; the hint names the other places. */
function checkUnique(context: CheckContext, code: DuplicateCode, items: readonly Identified[]): void {
  const placed = items.flatMap(({ task, node, path }) => {
    const idNode = node.entries.get("id")?.value ?? node.entries.get("name")?.value;
    return task.id === "" || idNode === undefined ? [] : [{ id: task.id, place: idNode, path }];
  });
  const repeated = [...Map.groupBy(placed, ({ id }) => id)]
    .filter(([, uses]) => uses.length > 1)
    .map(([id, uses]) => [id, uses.toSorted((left, right) => left.place.start - right.place.start)] as const);
  if (repeated.length === 0) return;
  const again = repeated
    .flatMap(([, uses]) => uses.slice(1))
    .toSorted((left, right) => left.place.start - right.place.start);
  const [first] = again;
  const hint = repeated
    .map(
      ([id, uses]) => `"${id}" is in lines ${listed(uses.map(({ place }) => context.positions.at(place.start).line))}`,
    )
    .join("; ");
  report(
    context,
    code,
    { place: first!.place, path: [...first!.path, "id"], hint },
    listed(repeated.map(([id]) => id)),
  );
}

function outputsOf({ root }: CheckedParts): Identified[] {
  const node = root.entries.get("outputs")?.value;
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) =>
    item.kind === "map"
      ? [{ task: { id: textOf(item.entries.get("id")?.value) ?? "" }, node: item, path: ["outputs", index] }]
      : [],
  );
}

/** The inputs that a Pause or an Approval asks for. */
function askedInputs({ task, node, path }: CheckedTask): Identified[] {
  const key = task.type === APPROVAL ? "inputs" : "onResume";
  return itemsAt(node, key).flatMap((item, index) =>
    item.kind === "map"
      ? [{ task: { id: textOf(item.entries.get("id")?.value) ?? "" }, node: item, path: [...path, key, index] }]
      : [],
  );
}

function checkPreconditions(context: CheckContext, { triggers }: CheckedParts): void {
  const items = triggers.flatMap(({ trigger, node, path }) => {
    const preconditions = trigger.type === FLOW_TRIGGER ? mapAt(node, "preconditions") : undefined;
    const id = textOf(preconditions?.entries.get("id")?.value);
    return preconditions === undefined || id === undefined
      ? []
      : [{ task: { id }, node: preconditions, path: [...path, "preconditions"] }];
  });
  checkUnique(context, "duplicate-preconditions", items);
  for (const { trigger, node, path } of triggers) {
    if (trigger.type !== FLOW_TRIGGER) continue;
    const preconditions = mapAt(node, "preconditions");
    if (preconditions !== undefined) checkPreconditionFields(context, preconditions, [...path, "preconditions"]);
    checkDependencyFields(context, node, path);
  }
}

function checkRecursion(context: CheckContext, { flow }: CheckedParts, { task, node, path }: CheckedTask): void {
  if (!SUBFLOW_TYPES.has(task.type)) return;
  const { namespace, flowId } = task.properties;
  if (namespace !== flow.namespace || flowId !== flow.id) return;
  const place = node.entries.get("flowId")?.value ?? node;
  report(context, "recursive-flow", { place, path: [...path, "flowId"] }, `${flow.namespace}.${flow.id}`);
}

function checkSwitch(context: CheckContext, { task, lists, node, path }: CheckedTask): void {
  if (task.type !== SWITCH) return;
  const branches = Object.entries(lists).filter(([name]) => name === "defaults" || name.startsWith("cases."));
  if (branches.some(([, tasks]) => tasks.length > 0)) return;
  const place = node.entries.get("cases")?.keyPlace ?? node.entries.get("id")?.value ?? node;
  report(context, "switch-empty", { place, path: [...path, "cases"] }, task.id);
}

function checkWorkingDirectory(context: CheckContext, { task, lists }: CheckedTask): void {
  if (task.type !== WORKING_DIRECTORY) return;
  for (const child of lists["tasks"] ?? []) {
    const type = child.node.entries.get("type")?.value ?? child.node;
    if (child.task.kind !== "runnable") {
      const hint = `move "${child.task.id}" out, in front of or behind the WorkingDirectory`;
      report(context, "working-directory-child", { place: type, path: [...child.path, "type"], hint }, task.id);
    }
    const key = child.task.workerSelector === undefined ? "workerGroup" : "workerSelector";
    const group = child.node.entries.get(key);
    if (group !== undefined && (child.task.workerSelector ?? child.task.workerGroup?.key) !== undefined)
      report(context, "working-directory-worker-group", { place: group.keyPlace, path: [...child.path, key] }, task.id);
  }
}

/** Triggers that pass nothing but what they are told to. */
const SCHEDULES = new Set([SCHEDULE, "io.kestra.plugin.core.trigger.ScheduleOnDates"]);

/** What happens to an execution without a required input, by the type of its trigger. */
const WITHOUT_INPUT: Readonly<Record<string, string>> = {
  [WEBHOOK]: "a field of the request's body or query with the same name fills it, or else the request is refused",
  [FLOW_TRIGGER]: "such an execution starts without it, and fails where it is read",
};

function checkTriggerInputs(
  context: CheckContext,
  { flow }: CheckedParts,
  trigger: { readonly id: string; readonly type: string; readonly inputs?: object },
  node: MapNode,
  path: Path,
): void {
  const passed = new Set(Object.keys(trigger.inputs ?? {}));
  const missing = flow.inputs.filter(
    (input) => input.required && input.defaults === undefined && input.dependsOn === undefined && !passed.has(input.id),
  );
  if (missing.length === 0) return;
  const names = missing.map(({ id }) => `"${id}"`).join(", ");
  const remedy = `give ${missing.length === 1 ? "it" : "them"} a default, or pass a value under \`inputs\` of the trigger`;
  const hint = `${WITHOUT_INPUT[trigger.type] ?? "such an execution fails at once"}; ${remedy}`;
  const place = node.entries.get("id")?.value ?? node;
  // Others may get what they need from a request, or from nowhere; of a schedule only failures can come.
  const severity = context.strictExpressions && SCHEDULES.has(trigger.type) ? "error" : "warning";
  report(context, "required-input-of-trigger", { place, path: [...path, "inputs"], hint, severity }, trigger.id, names);
}

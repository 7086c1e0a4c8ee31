import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, mapAt, textOf } from "../document/source-node.ts";
import { parseDuration } from "../duration.ts";
import type { Check, Flow, Listener, Sla } from "../flow.ts";
import { jsonMap } from "../json-value.ts";
import { CHECK, FLOW, LISTENER, PLUGIN_DEFAULT, SLA } from "../schemas/flow.ts";
import { nearest } from "@capstan/expression";
import { checkMap } from "./check-schema.ts";
import { firstOf, found } from "./schema-issues.ts";
import { checkConditions } from "./conditions.ts";
import { type CheckContext, nameHint, type Path, report } from "./context.ts";
import { checkDefaultNames } from "./default-names.ts";
import { eitherOf } from "./either-of.ts";
import { defined } from "./defined.ts";
import { checkFlowControl } from "./flow-control.ts";
import { checkId } from "./identifiers.ts";
import { type CheckedInput, checkInputs, checkOutputs } from "./inputs.ts";
import { checkLabels } from "./labels.ts";
import { checkRetry } from "./retry.ts";
import type { CheckedTask } from "./checked-task.ts";
import { checkTaskList, selectorOf } from "./tasks.ts";
import { type CheckedTrigger, checkTriggers } from "./triggers.ts";

/** The parts of a flow with their places. */
export interface CheckedParts {
  readonly flow: Flow;
  readonly root: MapNode;
  readonly inputs: readonly CheckedInput[];
  readonly triggers: readonly CheckedTrigger[];
  /** `tasks`, `errors`, `finally`, `afterExecution`, and `listeners[n].tasks` for each listener. */
  readonly sections: ReadonlyMap<string, readonly CheckedTask[]>;
}

const IGNORED: Readonly<Record<string, string>> = {
  extend: "it describes a blueprint in a catalogue, not the flow",
  policyRefs: "policies belong to a later version of the language",
};

const KNOWN = Object.keys(FLOW.shape);
const isUnknown = (key: string) => !Object.hasOwn(FLOW.shape, key);

/** Reads a whole flow. The result is complete even when errors were reported: later checks go on with it. */
export function checkFlowMap(context: CheckContext, root: MapNode): CheckedParts {
  const id = checkId(context, root, "id", [], "flowId");
  const namespace = checkId(context, root, "namespace", [], "namespace");
  const { read, written } = checkMap(context, FLOW, root, [], { name: "flow" });
  const { workerGroup, workerSelector } = read;
  for (const [key, reason] of Object.entries(IGNORED)) {
    const entry = root.entries.get(key);
    if (entry !== undefined) report(context, "ignored-property", { place: entry.keyPlace, path: [key] }, key, reason);
  }
  const at = (key: string) => root.entries.get(key)?.value;
  const sections = new Map<string, readonly CheckedTask[]>();
  for (const key of ["tasks", "errors", "finally", "afterExecution"])
    sections.set(key, checkTaskList(context, at(key), [key]));
  const tasks = at("tasks");
  const isMisspelt =
    tasks === undefined && [...root.entries.keys()].some((key) => isUnknown(key) && nearest(key, KNOWN) === "tasks");
  if (!isMisspelt && (isAbsent(tasks) || (tasks?.kind === "list" && tasks.items.length === 0)))
    report(context, "empty-list", { place: firstOf(root, "tasks"), path: ["tasks"] }, "tasks");
  const listeners = each(context, at("listeners"), ["listeners"], (item, path) =>
    checkListener(context, item, path, sections),
  );
  const inputs = checkInputs(context, at("inputs"), ["inputs"]);
  const triggers = checkTriggers(context, at("triggers"), ["triggers"]);
  for (const key of ["pluginDefaults", "taskDefaults"])
    each(context, at(key), [key], (item, path) => checkPluginDefault(context, item, path));
  const retry = checkRetry(context, at("retry"), ["retry"]);
  const plainTasks = (key: string) => (sections.get(key) ?? []).map(({ task }) => task);
  const flow: Flow = {
    id,
    namespace,
    labels: checkLabels(context, at("labels"), ["labels"]),
    inputs: inputs.map(({ input }) => input),
    outputs: checkOutputs(context, at("outputs"), ["outputs"]),
    variables: jsonMap(written["variables"]) ?? {},
    tasks: plainTasks("tasks"),
    errors: plainTasks("errors"),
    finally: plainTasks("finally"),
    afterExecution: plainTasks("afterExecution"),
    listeners,
    triggers: triggers.map(({ trigger }) => trigger),
    sla: each(context, at("sla"), ["sla"], (item, path) => checkSla(context, item, path)),
    checks: each(context, at("checks"), ["checks"], (item, path) => checkOfStart(context, item, path)),
    disabled: read.disabled ?? false,
    ...checkFlowControl(context, root, read.priority),
    ...defined({
      description: read.description,
      retry,
      workerGroup: workerGroup === undefined ? undefined : defined(workerGroup),
      workerSelector: selectorOf(workerSelector),
    }),
  };
  return { flow, root, inputs, triggers, sections };
}

/** Calls `read` for each map of a list; what is no map is reported. */
function each<Item>(
  context: CheckContext,
  node: SourceNode | undefined,
  path: Path,
  read: (item: MapNode, path: Path) => Item | undefined,
): Item[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) => {
    if (item.kind === "map") return read(item, [...path, index]) ?? [];
    report(
      context,
      "wrong-type",
      { place: item, path: [...path, index] },
      String(path[0]),
      "a list of maps",
      found(item),
    );
    return [];
  });
}

function checkPluginDefault(context: CheckContext, node: MapNode, path: Path): void {
  checkMap(context, PLUGIN_DEFAULT, node, path, { name: "plugin default" });
  checkDefaultNames(context, node, path);
  for (const { key, value } of mapAt(node, "values")?.entries.values() ?? [])
    if (isAbsent(value))
      report(context, "invalid-value", { place: value, path: [...path, "values", key] }, key, "must not be null");
}

function checkListener(
  context: CheckContext,
  node: MapNode,
  path: Path,
  sections: Map<string, readonly CheckedTask[]>,
): Listener {
  const { description } = checkMap(context, LISTENER, node, path, { name: "listener" }).read;
  const tasksNode = node.entries.get("tasks")?.value;
  if (isAbsent(tasksNode) || (tasksNode?.kind === "list" && tasksNode.items.length === 0))
    report(context, "empty-list", { place: firstOf(node, "tasks"), path: [...path, "tasks"] }, "tasks");
  const tasks = checkTaskList(context, tasksNode, [...path, "tasks"]);
  sections.set(`listeners[${path.at(-1)}].tasks`, tasks);
  const conditions = checkConditions(context, node.entries.get("conditions")?.value, [...path, "conditions"]);
  return { conditions, tasks: tasks.map(({ task }) => task), ...defined({ description }) };
}

function checkSla(context: CheckContext, node: MapNode, path: Path): Sla | undefined {
  const typeNode = node.entries.get("type")?.value;
  const type = textOf(typeNode);
  if (type !== "MAX_DURATION" && type !== "EXECUTION_ASSERTION") {
    const finding = { path: [...path, "type"] };
    if (typeNode === undefined || type === undefined)
      report(context, "missing-property", { ...finding, place: firstOf(node, "type") }, "type");
    else report(context, "invalid-type", { ...finding, place: typeNode, hint: nameHint(type, Object.keys(SLA)) }, type);
    return undefined;
  }
  const common = (read: { id?: string; behavior?: Sla["behavior"] }) => ({
    id: read.id ?? "",
    behavior: read.behavior ?? "NONE",
    labels: checkLabels(context, node.entries.get("labels")?.value, [...path, "labels"]),
  });
  const owner = { name: `sla of type ${type}` };
  if (type === "EXECUTION_ASSERTION") {
    const { read } = checkMap(context, SLA[type], node, path, owner);
    return { ...common(read), type, assert: read.assert ?? "" };
  }
  const { read } = checkMap(context, SLA[type], node, path, owner);
  return { ...common(read), type, durationMs: parseDuration(read.duration ?? "") ?? 0 };
}

function checkOfStart(context: CheckContext, node: MapNode, path: Path): Check {
  const { read } = checkMap(context, CHECK, node, path, { name: "check" });
  const { message = "", style = "INFO", behavior = "BLOCK_EXECUTION" } = read;
  if (isAbsent(node.entries.get("condition")?.value) && isAbsent(node.entries.get("when")?.value))
    report(
      context,
      "missing-property",
      { place: firstOf(node, "condition"), path: [...path, "condition"] },
      "condition",
    );
  return { condition: eitherOf(context, node, path, read, ["condition", "when"]) ?? "", message, style, behavior };
}

import { analyse, compile, type Place, type Template } from "@capstan/expression";
import type { Reveal } from "./execution/encrypted.ts";
import { floatPlaces } from "./inputs/float-places.ts";
import type { Flow, JsonMap, JsonValue, Listener, Retry, Task } from "@capstan/model";

/**
 * A flow revision compiled once: the tree of enabled tasks with inherited retry policies. Shared by all executions of
 * the revision, never changed after it is made.
 */
export interface Plan {
  readonly flow: Flow;
  readonly revision: number;
  readonly root: PlanNode;
  /** Every task by id, disabled ones left out. */
  readonly nodes: ReadonlyMap<string, PlanNode>;
  readonly afterExecution: readonly PlanNode[];
  readonly listeners: readonly { readonly listener: Listener; readonly tasks: readonly PlanNode[] }[];
  readonly hasAssertions: boolean;
  /** Inputs and outputs that are floats, which their JSON does not tell. */
  readonly floats: { readonly inputs: readonly Place[]; readonly outputs: readonly Place[] };
  /** How encrypted texts in inputs and outputs are read; absent when the server has no key. */
  readonly reveal?: Reveal;
}

export interface PlanNode {
  readonly id: string;
  readonly task: Task;
  readonly parent: PlanNode | undefined;
  /** Position in its list. */
  readonly position: number;
  readonly lists: Readonly<Record<string, readonly PlanNode[]>>;
  /** Inside a LoopUntil: its ended runs stay in memory, because the next round removes them. */
  readonly kept: boolean;
  /** The task's own policy, else the nearest ancestor's, else the flow's. */
  readonly retry: Retry | undefined;
  /** The policy is that of a flowable around the task. */
  readonly isRetriedByFlowable: boolean;
  /** Compiled expressions of `task.properties` and common properties, by their source; filled when first used. */
  readonly templates: Map<string, Template>;
  /** What its expressions read, found when first asked for. */
  references?: References;
}

/** The statically known part of what a task reads. */
export interface References {
  /** Names of root variables. */
  readonly roots: ReadonlySet<string>;
  /** Task ids in `outputs.<id>`. */
  readonly outputs: ReadonlySet<string>;
}

export const ROOT_ID = "";
export const SWITCH = "io.kestra.plugin.core.flow.Switch";
export const LOOP = "io.kestra.plugin.core.flow.Loop";
export const PAUSE = "io.kestra.plugin.core.flow.Pause";
const LOOP_UNTIL = "io.kestra.plugin.core.flow.LoopUntil";

export function compilePlan(flow: Flow, revision: number, reveal?: Reveal): Plan {
  const nodes = new Map<string, PlanNode>();
  const rootTask = sequenceTask(flow);
  const inherited: Inherited = { retry: flow.retry, isOfFlowable: false };
  const root = createNode(rootTask, undefined, 0, inherited, nodes);
  const after = listOf(flow.afterExecution, root, inherited, nodes);
  const listeners = flow.listeners.map((listener) => ({
    listener,
    tasks: listOf(listener.tasks, root, inherited, nodes),
  }));
  const hasAssertions = flow.sla.some((sla) => sla.type === "EXECUTION_ASSERTION");
  // The id of an output is one key, dots and all.
  const outputs = floatPlaces(flow.outputs).map((place) => [place.join(".")]);
  const floats = { inputs: floatPlaces(flow.inputs), outputs };
  const plan = { flow, revision, root, nodes, afterExecution: after, listeners, hasAssertions, floats };
  return reveal === undefined ? plan : { ...plan, reveal };
}

/** The compiled form of an expression of this task; compiled once per flow revision. Throws `ExpressionSyntaxError`. */
export function templateOf(node: PlanNode, source: string): Template {
  let template = node.templates.get(source);
  if (template === undefined) {
    template = compile(source);
    node.templates.set(source, template);
  }
  return template;
}

/** What the expressions of a task and, for a group, of its children read. */
export function referencesOf(node: PlanNode): References {
  if (node.references === undefined) {
    const roots = new Set<string>();
    const outputs = new Set<string>();
    collectReferences(node, roots, outputs);
    node.references = { roots, outputs };
  }
  return node.references;
}

function sequenceTask(flow: Flow): Task {
  return {
    id: ROOT_ID,
    type: "io.kestra.plugin.core.flow.Sequential",
    writtenType: "io.kestra.plugin.core.flow.Sequential",
    kind: "flowable",
    known: true,
    disabled: false,
    allowFailure: false,
    allowWarning: false,
    logToFile: false,
    properties: {},
    lists: { tasks: flow.tasks, errors: flow.errors, finally: flow.finally },
  };
}

/** A policy from above. */
interface Inherited {
  readonly retry: Retry | undefined;
  readonly isOfFlowable: boolean;
}

function createNode(
  task: Task,
  parent: PlanNode | undefined,
  position: number,
  inherited: Inherited,
  nodes: Map<string, PlanNode>,
): PlanNode {
  const retry = task.retry ?? inherited.retry;
  const isRetriedByFlowable = task.retry === undefined && inherited.isOfFlowable;
  const lists: Record<string, readonly PlanNode[]> = {};
  const kept = parent !== undefined && (parent.kept || parent.task.type === LOOP_UNTIL);
  const node: PlanNode = {
    id: task.id,
    task,
    parent,
    position,
    lists,
    kept,
    retry,
    isRetriedByFlowable,
    templates: new Map(),
  };
  // The iterations of a Loop are worlds of their own, to which its errors don't belong.
  const isOfFlowable = task.type !== LOOP && (task.retry !== undefined || inherited.isOfFlowable);
  const passedOn = { retry, isOfFlowable };
  for (const [name, tasks] of Object.entries({ ...task.lists, ...generatedLists(task) })) {
    lists[name] = listOf(tasks, node, passedOn, nodes);
  }
  if (parent !== undefined) nodes.set(task.id, node);
  return node;
}

function listOf(
  tasks: readonly Task[],
  parent: PlanNode,
  { retry, isOfFlowable }: Inherited,
  nodes: Map<string, PlanNode>,
): readonly PlanNode[] {
  const inherited = { retry: inheritable(retry), isOfFlowable };
  return tasks
    .filter((task) => !task.disabled)
    .map((task, position) => createNode(task, parent, position, inherited, nodes));
}

/** A policy without what it says of its owner alone: that a success after retries is a warning. */
function inheritable(retry: Retry | undefined): Retry | undefined {
  return retry?.warningOnRetry === true ? { ...retry, warningOnRetry: false } : retry;
}

export const WORKING_DIRECTORY = "io.kestra.plugin.core.flow.WorkingDirectory";
export const FOR_EACH_ITEM = "io.kestra.plugin.core.flow.ForEachItem";
export const SPLIT_TYPE = `${FOR_EACH_ITEM}$ForEachItemSplit`;
export const ITEMS_TYPE = `${FOR_EACH_ITEM}$ForEachItemExecutable`;
export const MERGE_TYPE = `${FOR_EACH_ITEM}$ForEachItemMergeOutputs`;

/** ForEachItem runs as three tasks that exist in no document. */
function generatedLists(task: Task): Record<string, readonly Task[]> {
  if (task.type !== FOR_EACH_ITEM) return {};
  const part = (suffix: string, type: string, kind: Task["kind"], keep: readonly string[]): Task => ({
    id: `${task.id}_${suffix}`,
    type,
    writtenType: type,
    kind,
    known: true,
    disabled: false,
    // What may fail is the ForEachItem itself: its merge does not run after a failure.
    allowFailure: false,
    allowWarning: false,
    logToFile: task.logToFile,
    properties: pick(task.properties, keep),
    lists: {},
  });
  return {
    tasks: [
      part("split", SPLIT_TYPE, "runnable", ["items", "batch"]),
      part("items", ITEMS_TYPE, "executable", [
        "namespace",
        "flowId",
        "revision",
        "inputs",
        "labels",
        "inheritLabels",
        "wait",
        "transmitFailed",
        "scheduleDate",
        "restartBehavior",
      ]),
      part("merge", MERGE_TYPE, "runnable", []),
    ],
  };
}

function pick(properties: JsonMap, keys: readonly string[]): JsonMap {
  const picked: Record<string, JsonValue> = {};
  for (const key of keys) if (properties[key] !== undefined) picked[key] = properties[key];
  return picked;
}

function collectReferences(node: PlanNode, roots: Set<string>, outputs: Set<string>): void {
  const visit = (value: JsonValue | undefined): void => {
    if (typeof value === "string") collectFromText(value, roots, outputs);
    else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) {
        collectFromText(key, roots, outputs);
        visit(item);
      }
  };
  visit(node.task.properties);
  visit(node.task.timeout);
  visit(node.task.runIf);
  for (const list of Object.values(node.lists))
    for (const child of list) {
      if (node.task.kind === "flowable") collectReferences(child, roots, outputs);
    }
}

function collectFromText(source: string, roots: Set<string>, outputs: Set<string>): void {
  if (!source.includes("{")) return;
  const analysis = analyse(source);
  for (const { path } of analysis.references) {
    const [root, second] = path;
    if (typeof root !== "string") continue;
    roots.add(root);
    if (root === "outputs" && typeof second === "string") outputs.add(second);
  }
}

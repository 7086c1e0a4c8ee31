import type { FlowGraphAnswer, GraphNodeAnswer, RelationAnswer } from "@capstan/api";
import type { Flow, Task } from "@capstan/model";
import { presentTask, presentTrigger } from "./flow.ts";

export interface GraphOptions {
  /** The newest task run of a task, to be shown with it. */
  readonly taskRunOf?: (taskId: string) => object | undefined;
  /** The flow that a task starts, to be drawn in its place; undefined to draw the task alone. */
  readonly subflowOf?: (uid: string, task: Task) => Promise<Flow | undefined>;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Drawing = { readonly [Key in keyof FlowGraphAnswer]: FlowGraphAnswer[Key] };
type Branch = NonNullable<GraphNodeAnswer["branchType"]>;

/** Where a task is drawn: the prefix of its uid, the clusters around it, the branch it is on. */
interface Place {
  readonly prefix: string;
  readonly parents: readonly string[];
  readonly branch?: Branch;
}

/** The node through which a part of the picture is entered, and the one it is left by. */
interface Part {
  readonly enter: string;
  readonly exit: string;
}

const TYPE = "io.kestra.core.models.hierarchies";
const NEXT: RelationAnswer = { relationType: "SEQUENTIAL" };
/** The nodes before them: their names begin with an underscore, as no id of a task can. */
const MEETINGS = {
  FINALLY: ["_finally", "GraphClusterFinally"],
  AFTER_EXECUTION: ["_afterExecution", "GraphClusterAfterExecution"],
} as const;

/**
 * The picture of a flow: a node for each task, an edge for what may follow what, a cluster for what holds tasks (and for the
 * triggers), but for the flow itself.
 */
export async function drawFlow(flow: Flow, options: GraphOptions = {}): Promise<FlowGraphAnswer> {
  const drawing: Drawing = { nodes: [], edges: [], clusters: [], flowables: [] };
  const place = { prefix: "root", parents: [] };
  const { enter } = await drawPart(drawing, "root", place, (start, end, inner) =>
    drawSections(drawing, flow, { start, end, place: inner }, options),
  );
  if (flow.triggers.length > 0) connect(drawing, (await drawTriggers(drawing, flow, place)).exit, enter, NEXT);
  return drawing;
}

function drawTriggers(drawing: Drawing, { triggers }: Flow, place: Place): Promise<Part> {
  const uid = `${place.prefix}.Triggers`;
  return drawCluster(
    drawing,
    `${place.prefix}._triggers`,
    { uid, type: `${TYPE}.GraphCluster` },
    place,
    async (start, end, { parents }) => {
      for (const trigger of triggers) {
        const node = {
          uid: `${uid}.${trigger.id}`,
          type: `${TYPE}.GraphTrigger`,
          trigger: { ...presentTrigger(trigger) },
        };
        addNode(drawing, node, parents);
        connect(drawing, start, node.uid, NEXT);
        connect(drawing, node.uid, end, NEXT);
      }
    },
  );
}

/** What a flow has: its tasks, or its errors; then what runs finally, and after its end. */
async function drawSections(
  drawing: Drawing,
  flow: Flow,
  { start, end, place }: { readonly start: string; readonly end: string; readonly place: Place },
  options: GraphOptions,
): Promise<void> {
  let exits = [await drawChain(drawing, flow.tasks, { from: start, relation: NEXT }, place, options)];
  if (flow.errors.length > 0) {
    const from = { from: start, relation: { relationType: "ERROR" } } as const;
    exits.push(await drawChain(drawing, flow.errors, from, { ...place, branch: "ERROR" }, options));
  }
  exits = await drawMeeting(drawing, exits, { tasks: flow.finally, branch: "FINALLY" }, place, options);
  const after = { tasks: flow.afterExecution, branch: "AFTER_EXECUTION" } as const;
  exits = await drawMeeting(drawing, exits, after, place, options);
  for (const exit of exits) connect(drawing, exit, end, NEXT);
}

/** Tasks that run however what came before ended: all of it meets at a node before them. Answers the nodes they are left by. */
async function drawMeeting(
  drawing: Drawing,
  exits: string[],
  { tasks, branch }: { readonly tasks: readonly Task[]; readonly branch: "FINALLY" | "AFTER_EXECUTION" },
  place: Place,
  options: GraphOptions,
): Promise<string[]> {
  if (tasks.length === 0) return exits;
  const [name, type] = MEETINGS[branch];
  const uid = `${place.prefix}.${name}`;
  addNode(drawing, { uid, type: `${TYPE}.${type}` }, place.parents);
  for (const exit of exits) connect(drawing, exit, uid, NEXT);
  const from = { from: uid, relation: { relationType: branch } };
  return [await drawChain(drawing, tasks, from, { ...place, branch }, options)];
}

/** One task after the other; answers the node that the last one is left by. */
async function drawChain(
  drawing: Drawing,
  tasks: readonly Task[],
  { from, relation }: { from: string; relation: RelationAnswer },
  place: Place,
  options: GraphOptions,
): Promise<string> {
  let [last, next] = [from, relation];
  for (const task of tasks) {
    const { enter, exit } = await drawTask(drawing, task, place, options);
    connect(drawing, last, enter, next);
    [last, next] = [exit, NEXT];
  }
  return last;
}

async function drawTask(drawing: Drawing, task: Task, place: Place, options: GraphOptions): Promise<Part> {
  const uid = `${place.prefix}.${task.id}`;
  const subflow = await options.subflowOf?.(uid, task);
  if (subflow !== undefined)
    return drawCluster(drawing, uid, { uid, type: `${TYPE}.GraphCluster` }, place, (start, end, inner) =>
      drawSections(drawing, subflow, { start, end, place: inner }, options),
    );
  const isFlowable = Object.values(task.lists).some((tasks) => tasks.length > 0);
  const node: Mutable<GraphNodeAnswer> = { uid, type: nodeType(task), task: presentTask(task) };
  if (place.branch !== undefined) node.branchType = place.branch;
  const run = options.taskRunOf?.(task.id);
  if (run !== undefined) node.taskRun = { ...run };
  if (!isFlowable) {
    addNode(drawing, node, place.parents);
    return { enter: uid, exit: uid };
  }
  drawing.flowables.push(task.id);
  const cluster = {
    uid: `cluster_${uid}`,
    type: `${TYPE}.GraphCluster`,
    task: { id: task.id, type: task.writtenType },
  };
  return drawCluster(drawing, uid, cluster, place, async (start, end, inner) => {
    addNode(drawing, node, inner.parents);
    connect(drawing, start, uid, NEXT);
    for (const exit of await drawLists(drawing, task, { uid, place: inner }, options))
      connect(drawing, exit, end, NEXT);
  });
}

/** The lists of a flowable; answers the nodes they are left by. */
async function drawLists(
  drawing: Drawing,
  task: Task,
  { uid, place }: { uid: string; place: Place },
  options: GraphOptions,
): Promise<readonly string[]> {
  let exits: string[] = [];
  const chain = async (tasks: readonly Task[], relation: RelationAnswer, branch?: Branch) => {
    const inner = branch === undefined ? place : { ...place, branch };
    exits.push(await drawChain(drawing, tasks, { from: uid, relation }, inner, options));
  };
  for (const [name, tasks] of Object.entries(task.lists)) {
    if (tasks.length === 0 || name === "finally") continue;
    if (name === "errors") await chain(tasks, { relationType: "ERROR" }, "ERROR");
    else if (task.dependsOn !== undefined) exits.push(...(await drawDag(drawing, task, { uid, place }, options)));
    else if (task.type.endsWith(".Parallel"))
      for (const child of tasks) await chain([child], { relationType: "PARALLEL" });
    else await chain(tasks, relationOf(task, name));
  }
  const last = { tasks: task.lists["finally"] ?? [], branch: "FINALLY" } as const;
  exits = await drawMeeting(drawing, exits.length > 0 ? exits : [uid], last, place, options);
  return exits;
}

/** Each task after those it waits for; answers those that nothing waits for. */
async function drawDag(
  drawing: Drawing,
  { lists, dependsOn = {} }: Task,
  { uid, place }: { uid: string; place: Place },
  options: GraphOptions,
): Promise<readonly string[]> {
  const parts = new Map<string, Part>();
  for (const child of lists["tasks"] ?? []) parts.set(child.id, await drawTask(drawing, child, place, options));
  const waitedFor = new Set<string>();
  for (const [id, { enter }] of parts) {
    const before = (dependsOn[id] ?? []).filter((one) => parts.has(one));
    if (before.length === 0) connect(drawing, uid, enter, { relationType: "PARALLEL" });
    for (const one of before) {
      waitedFor.add(one);
      connect(drawing, parts.get(one)!.exit, enter, NEXT);
    }
  }
  return Array.from(parts).flatMap(([id, { exit }]) => (waitedFor.has(id) ? [] : [exit]));
}

/** Lists of which one is chosen, and what the picture calls them. */
const CHOICES: Readonly<Record<string, string>> = {
  // oxlint-disable-next-line unicorn/no-thenable -- the language calls the branch so
  then: "then",
  else: "else",
  defaults: "defaults",
  onWait: "wait",
  onApprove: "approve",
  onDeny: "deny",
};

function relationOf({ type }: Task, list: string): RelationAnswer {
  if (list.startsWith("cases.")) return { relationType: "CHOICE", value: list.slice("cases.".length) };
  const choice = CHOICES[list];
  if (choice !== undefined) return { relationType: "CHOICE", value: choice };
  return /\.(?:ForEach|EachSequential|EachParallel|Loop|LoopUntil)$/.test(type) ? { relationType: "DYNAMIC" } : NEXT;
}

type Fill = (start: string, end: string, inner: Place) => Promise<void>;

function drawCluster(drawing: Drawing, uid: string, cluster: GraphNodeAnswer, place: Place, fill: Fill): Promise<Part> {
  const { parents } = place;
  drawing.clusters.push({ cluster, nodes: [], parents: [...parents], start: `${uid}._start`, end: `${uid}._end` });
  return drawPart(drawing, uid, { ...place, parents: [...parents, cluster.uid] }, fill);
}

/** A start, what is between, and an end. */
async function drawPart(drawing: Drawing, uid: string, place: Place, fill: Fill): Promise<Part> {
  const [start, end] = [`${uid}._start`, `${uid}._end`];
  addNode(drawing, { uid: start, type: `${TYPE}.GraphClusterRoot` }, place.parents);
  await fill(start, end, { ...place, prefix: uid });
  addNode(drawing, { uid: end, type: `${TYPE}.GraphClusterEnd` }, place.parents);
  return { enter: start, exit: end };
}

function addNode(drawing: Drawing, node: GraphNodeAnswer, parents: readonly string[]): void {
  drawing.nodes.push(node);
  const around = drawing.clusters.find(({ cluster }) => cluster.uid === parents.at(-1));
  around?.nodes.push(node.uid);
}

function connect(drawing: Drawing, source: string, target: string, relation: RelationAnswer): void {
  drawing.edges.push({ source, target, relation });
}

function nodeType({ type }: Task): string {
  return /\.(?:Subflow|ForEachItem|Flow)$/.test(type) ? `${TYPE}.SubflowGraphTask` : `${TYPE}.GraphTask`;
}

import type { CheckedParts } from "../checks/flow.ts";
import type { CheckedTask } from "../checks/checked-task.ts";
import { createDagOrder, type DagOrder } from "./dag-order.ts";

/** Where a task stands in the tree: which list of which parent, and at which position. */
export interface TaskPlacement {
  readonly checked: CheckedTask;
  readonly parent: TaskPlacement | undefined;
  readonly list: string;
  readonly index: number;
  /** Of a Dag: the order of its tasks. */
  readonly order?: DagOrder;
}

const FLOW = "io.kestra.plugin.core.flow.";
const VALUED_LOOPS = new Set(["ForEach", "EachSequential", "EachParallel"].map((name) => FLOW + name));
/** Its iterations are executions of their own. */
const ISOLATED_LOOP = `${FLOW}Loop`;
const LOOPS = new Set([...VALUED_LOOPS, `${FLOW}LoopUntil`, ISOLATED_LOOP]);
const PARALLEL = `${FLOW}Parallel`;
const EACH_PARALLEL = `${FLOW}EachParallel`;
const WORKING_DIRECTORY = `${FLOW}WorkingDirectory`;
const DAG = `${FLOW}Dag`;
/** These render some of their properties after their children ran. */
const RENDERED_LATE = new Set(["LoopUntil", "WorkingDirectory", "Pause"].map((name) => FLOW + name));

/** All tasks in document order. */
export function placementsOf(parts: CheckedParts): TaskPlacement[] {
  const all: TaskPlacement[] = [];
  const visit = (tasks: readonly CheckedTask[], list: string, parent: TaskPlacement | undefined): void => {
    for (const [index, checked] of tasks.entries()) {
      const { type, dependsOn } = checked.task;
      const order = type === DAG ? { order: createDagOrder(dependsOn ?? {}) } : {};
      const placement: TaskPlacement = { checked, parent, list, index, ...order };
      all.push(placement);
      for (const [name, children] of Object.entries(checked.lists)) visit(children, name, placement);
    }
  };
  for (const [name, tasks] of parts.sections) visit(tasks, name, undefined);
  return all;
}

/** How many loops around a task keep its outputs by their values; undefined when they can't be read from outside. */
export function valueDepth(placement: TaskPlacement): number | undefined {
  let depth = 0;
  for (let current = placement.parent; current !== undefined; current = current.parent) {
    if (current.checked.task.type === ISOLATED_LOOP) return undefined;
    if (VALUED_LOOPS.has(current.checked.task.type)) depth += 1;
  }
  return depth;
}

/** Whether `taskrun.value` exists for a task: directly inside a loop, or inside a WorkingDirectory that is. */
export function hasValue({ parent, list }: TaskPlacement): boolean {
  if (parent === undefined || list !== "tasks") return false;
  const { type } = parent.checked.task;
  if (type === WORKING_DIRECTORY) return hasValue(parent);
  return VALUED_LOOPS.has(type);
}

/** Whether `item` exists for a task: anywhere inside a Loop, also in its errors. */
export function hasItem({ parent }: TaskPlacement): boolean {
  return parent !== undefined && (isIsolatedLoop(parent) || hasItem(parent));
}

export function isIsolatedLoop({ checked }: TaskPlacement): boolean {
  return checked.task.type === ISOLATED_LOOP;
}

/** How the value of the nearest loop around a task is written there; undefined when there is no loop around it. */
export function valueExpression(placement: TaskPlacement): string | undefined {
  let skipped = 0;
  for (let current = placement.parent; current !== undefined; current = current.parent) {
    if (current.checked.task.type === ISOLATED_LOOP) return "item.value";
    if (hasValue(current)) return skipped === 0 ? "parent.taskrun.value" : `parents[${skipped}].taskrun.value`;
    const { outputs } = current.checked.definition ?? {};
    if (outputs !== undefined && Object.keys(outputs.shape).length > 0) skipped += 1;
  }
  return undefined;
}

/** Why a task has no outputs when another is rendered. */
export interface Absence {
  readonly reason: string;
  /** Whether it may have them all the same, when it happens to be quicker. */
  readonly isRace: boolean;
  readonly hint?: string;
}

const never = (reason: string): Absence => ({ reason, isRace: false });

/** Why `target` can't have outputs when the properties of `reader` are rendered; undefined when it may have. */
export function whyNotYet(reader: TaskPlacement, target: TaskPlacement, sameIteration = false): Absence | undefined {
  const [ownChain, targetChain] = [chainOf(reader), chainOf(target)];
  let common = 0;
  while (common < ownChain.length && ownChain[common] === targetChain[common]) common += 1;
  const disabled = targetChain.slice(common).find(({ checked }) => checked.task.disabled);
  if (disabled !== undefined) return never(`"${disabled.checked.task.id}" is disabled`);
  const hidden = hiddenIn(targetChain, common);
  if (hidden !== undefined) return hidden;
  const owner = common === 0 ? undefined : ownChain[common - 1];
  if (!sameIteration && isInLoop(owner, reader)) return undefined;
  const [own, other] = [ownChain[common], targetChain[common]];
  if (own === undefined && other === undefined)
    return LOOPS.has(reader.checked.task.type) ? undefined : never("a task can't read its own outputs");
  if (other === undefined) return undefined;
  if (own === undefined)
    return RENDERED_LATE.has(reader.checked.task.type)
      ? undefined
      : never("it runs inside this task, after this is rendered");
  return own.list === other.list ? sameList(owner, own, other) : differentLists(own, other);
}

/** What a Loop hides of its tasks; `outside`: how many of the tasks around `chain` the reader is inside of. */
function hiddenIn(chain: readonly TaskPlacement[], outside: number): Absence | undefined {
  const around = chain.slice(outside, -1);
  const loop = around.find(({ checked }) => checked.task.type === ISOLATED_LOOP);
  if (loop === undefined) return undefined;
  const { id } = loop.checked.task;
  return {
    ...never(`only what "${id}" declares is seen outside of it`),
    hint: `declare it in the \`outputs\` of "${id}"`,
  };
}

function isInLoop(owner: TaskPlacement | undefined, reader: TaskPlacement): boolean {
  for (let current = owner; current !== undefined; current = current.parent)
    if (current !== reader && LOOPS.has(current.checked.task.type)) return true;
  return false;
}

function chainOf(placement: TaskPlacement): TaskPlacement[] {
  const chain: TaskPlacement[] = [];
  for (let current: TaskPlacement | undefined = placement; current !== undefined; current = current.parent)
    chain.unshift(current);
  return chain;
}

function sameList(owner: TaskPlacement | undefined, own: TaskPlacement, other: TaskPlacement): Absence | undefined {
  const [ownId, otherId] = [own.checked.task.id, other.checked.task.id];
  if (owner !== undefined && own.list === "tasks") {
    const { type, properties } = owner.checked.task;
    const isOneAfterTheOther = properties["concurrent"] === 1 && other.index < own.index;
    if (type === EACH_PARALLEL) return undefined;
    if (type === PARALLEL && !isOneAfterTheOther)
      return { reason: "it runs at the same time", isRace: true, hint: "put both into one Sequential, or use a Dag" };
    if (owner.order !== undefined) {
      if (owner.order.isCircular || owner.order.waits(ownId, otherId)) return undefined;
      if (owner.order.waits(otherId, ownId)) return never(`it waits for "${ownId}"`);
      if (isOneAfterTheOther) return undefined;
      return { reason: `"${ownId}" does not wait for it`, isRace: true, hint: `add \`dependsOn: [${otherId}]\`` };
    }
  }
  return other.index > own.index ? never(`"${otherId}" runs later`) : undefined;
}

const PHASES: Readonly<Record<string, number>> = { errors: 1, finally: 2, afterExecution: 4 };

function differentLists(own: TaskPlacement, other: TaskPlacement): Absence | undefined {
  const [ownPhase, otherPhase] = [phaseOf(own.list), phaseOf(other.list)];
  if (otherPhase > ownPhase) return never(`it runs later, in \`${other.list}\``);
  if (otherPhase < ownPhase || ownPhase !== 0) return undefined;
  if (own.list === "onPause" || other.list === "onPause") return undefined;
  if (other.list === "onWait") return undefined;
  if (own.list === "onWait") return never(`it runs later, in \`${other.list}\``);
  return never(`it runs in another branch, \`${other.list}\``);
}

function phaseOf(list: string): number {
  return list.startsWith("listeners[") ? 3 : (PHASES[list] ?? 0);
}

/** Why the outputs of the flow, which are rendered when its main tasks, `errors` and `finally` are through, miss a task. */
export function whyNotAtEnd(target: TaskPlacement): Absence | undefined {
  const [top] = chainOf(target);
  if (top !== undefined && phaseOf(top.list) > PHASES["finally"]!)
    return never(`it runs after these outputs are made, in \`${top.list}\``);
  for (let current: TaskPlacement | undefined = target; current !== undefined; current = current.parent)
    if (current.checked.task.disabled) return never(`"${current.checked.task.id}" is disabled`);
  return hiddenIn(chainOf(target), 0);
}

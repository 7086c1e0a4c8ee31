import { reachable } from "../checks/children.ts";
import type { CheckedParts } from "../checks/flow.ts";
import type { CheckedTask } from "../checks/checked-task.ts";

/** Where a task stands in the tree: which list of which parent, and at which position. */
export interface TaskPlacement {
  readonly checked: CheckedTask;
  readonly parent: TaskPlacement | undefined;
  readonly list: string;
  readonly index: number;
}

const FLOW = "io.kestra.plugin.core.flow.";
const LOOPS = new Set(["ForEach", "EachSequential", "EachParallel", "LoopUntil", "Loop"].map((name) => FLOW + name));
const SIMULTANEOUS = new Set(["Parallel", "EachParallel"].map((name) => FLOW + name));
const DAG = `${FLOW}Dag`;
/** These render some of their properties after their children ran. */
const RENDERED_LATE = new Set(["LoopUntil", "WorkingDirectory", "Pause"].map((name) => FLOW + name));

/** All tasks in document order. */
export function placementsOf(parts: CheckedParts): TaskPlacement[] {
  const all: TaskPlacement[] = [];
  const visit = (tasks: readonly CheckedTask[], list: string, parent: TaskPlacement | undefined): void => {
    for (const [index, checked] of tasks.entries()) {
      const placement: TaskPlacement = { checked, parent, list, index };
      all.push(placement);
      for (const [name, children] of Object.entries(checked.lists)) visit(children, name, placement);
    }
  };
  for (const [name, tasks] of parts.sections) visit(tasks, name, undefined);
  return all;
}

/** Whether a task runs once for each of several values, so that its outputs are kept by value. */
export function isLooped(placement: TaskPlacement): boolean {
  for (let current = placement.parent; current !== undefined; current = current.parent)
    if (LOOPS.has(current.checked.task.type)) return true;
  return false;
}

/** Why `target` can't have outputs when the properties of `reader` are rendered; undefined when it may have. */
export function whyNotYet(reader: TaskPlacement, target: TaskPlacement): string | undefined {
  const [ownChain, targetChain] = [chainOf(reader), chainOf(target)];
  let common = 0;
  while (common < ownChain.length && ownChain[common] === targetChain[common]) common += 1;
  const owner = common === 0 ? undefined : ownChain[common - 1];
  for (let current = owner; current !== undefined; current = current.parent)
    if (current !== reader && LOOPS.has(current.checked.task.type)) return undefined;
  const [own, other] = [ownChain[common], targetChain[common]];
  if (own === undefined && other === undefined) {
    return LOOPS.has(reader.checked.task.type) || isLooped(reader) ? undefined : "a task can't read its own outputs";
  }
  if (other === undefined) return undefined;
  if (own === undefined)
    return RENDERED_LATE.has(reader.checked.task.type) ? undefined : "it runs inside this task, after this is rendered";
  if (own.list === other.list) return sameList(owner, own, other);
  return differentLists(own, other);
}

function chainOf(placement: TaskPlacement): TaskPlacement[] {
  const chain: TaskPlacement[] = [];
  for (let current: TaskPlacement | undefined = placement; current !== undefined; current = current.parent)
    chain.unshift(current);
  return chain;
}

function sameList(owner: TaskPlacement | undefined, own: TaskPlacement, other: TaskPlacement): string | undefined {
  if (owner !== undefined && own.list === "tasks") {
    const { type, dependsOn } = owner.checked.task;
    if (SIMULTANEOUS.has(type)) return undefined;
    if (type === DAG) {
      const waits = reachable(dependsOn ?? {}, other.checked.task.id).has(own.checked.task.id);
      return waits ? `it waits for "${own.checked.task.id}"` : undefined;
    }
  }
  return other.index > own.index ? `"${other.checked.task.id}" runs later` : undefined;
}

const PHASES: Readonly<Record<string, number>> = { errors: 1, finally: 2, afterExecution: 4 };

function differentLists(own: TaskPlacement, other: TaskPlacement): string | undefined {
  const [ownPhase, otherPhase] = [phaseOf(own.list), phaseOf(other.list)];
  if (otherPhase > ownPhase) return `it runs later, in \`${other.list}\``;
  if (otherPhase < ownPhase || ownPhase !== 0) return undefined;
  if (own.list === "onPause" || other.list === "onPause") return undefined;
  return `it runs in another branch, \`${other.list}\``;
}

function phaseOf(list: string): number {
  return list.startsWith("listeners[") ? 3 : (PHASES[list] ?? 0);
}

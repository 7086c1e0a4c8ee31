import type { JsonMap, WorkerGroup, WorkerSelector } from "@capstan/model";
import type { LiveRun } from "../execution/live.ts";
import { renderText } from "../execution/scope.ts";
import { remember } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** Which workers may run a task, and what is to happen while none of them is there. */
export interface WorkerTarget {
  readonly groups: readonly string[];
  /** Whether a worker must be of all of the groups, or of one. */
  readonly match: "ALL" | "ANY";
  /** IGNORE: it runs in the default group; CANCEL: it ends KILLED. */
  readonly fallback: "WAIT" | "FAIL" | "CANCEL" | "IGNORE";
}

/** Finds out which workers may run a task, and remembers it; none for those of the default group. */
export function chooseTarget(turn: Turn, run: LiveRun): void {
  const { execution, context } = turn;
  if (context.workerTarget === undefined) return;
  const render = (text: string) => renderText(turn, run, text).trim();
  const target =
    written(run.node.task, render) ?? written(execution.plan.flow, render) ?? context.workerTarget(execution);
  if (target !== undefined) remember(turn, run, { workers: { ...target, groups: [...target.groups] } });
  else if (targetOf(run) !== undefined) remember(turn, run, { workers: null });
}

/** Asks for a worker for an attempt of a task run. */
export function giveOut(turn: Turn, run: LiveRun, attempt: number): void {
  const target = targetOf(run);
  turn.effects.push({ type: "run-task", run, attempt, ...(target === undefined ? {} : { target }) });
}

/** What was found out when the task run was entered. */
export function targetOf({ memory }: { readonly memory?: JsonMap | undefined }): WorkerTarget | undefined {
  return (memory as { readonly workers?: WorkerTarget | null } | undefined)?.workers ?? undefined;
}

/** For people: `the group gpu`, `the groups gpu and eu`. */
export function nameOfTarget({ groups, match }: WorkerTarget): string {
  return `the ${groups.length === 1 ? "group" : "groups"} ${groups.join(match === "ANY" ? " or " : " and ")}`;
}

/** Whether a worker of these groups takes jobs that ask for such a one; no target: the default group, whose workers name none. */
export function isServedBy(target: WorkerTarget | undefined, groups: readonly string[]): boolean {
  if (target === undefined) return groups.length === 0;
  const has = (group: string) => groups.includes(group);
  return target.match === "ANY" ? target.groups.some(has) : target.groups.every(has);
}

/** What a task or a flow says of its workers. Whoever names groups in the newer spelling wants a failure by default. */
function written(
  { workerGroup, workerSelector }: { readonly workerGroup?: WorkerGroup; readonly workerSelector?: WorkerSelector },
  render: (text: string) => string,
): WorkerTarget | undefined {
  const tags = (workerSelector?.tags ?? []).map(render).filter((tag) => tag !== "");
  if (tags.length > 0) {
    const { match = "ALL", fallback = "FAIL" } = workerSelector ?? {};
    return { groups: tags, match, fallback };
  }
  const key = workerGroup?.key === undefined ? "" : render(workerGroup.key);
  return key === "" ? undefined : { groups: [key], match: "ALL", fallback: workerGroup?.fallback ?? "WAIT" };
}

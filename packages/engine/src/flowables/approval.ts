/**
 * A task run that waits for the decision of a reviewer:
 *
 *   RUNNING → RUNNING    its `onWait` tasks run
 *   RUNNING → PAUSED     they are through, or there are none; the whole execution is PAUSED with it
 *   PAUSED  → RUNNING    a reviewer decided, or its `timeout` is over; then come the tasks of the decision and its `finally`
 *   RUNNING → ended      they are through: the behavior of the decision says how, and may end the execution with it
 *
 * With `autoApprove` it is approved before it waits. When one of its tasks fails, that counts, whatever the behavior.
 */
import { APPROVAL, type JsonMap } from "@capstan/model";
import { oneLane } from "../blocks/block.ts";
import { endRun, tellFailure } from "../blocks/run.ts";
import { stopsTheLine } from "../blocks/tally.ts";
import { endAround } from "../endings/end-around.ts";
import type { State } from "../execution/execution.ts";
import type { Block, LiveRun } from "../execution/live.ts";
import { renderProperty, renderText } from "../execution/scope.ts";
import { remember, setOutputs } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { FlowableError, type Flowable } from "./flowable.ts";
import { beginPause, clearTimer, durationOf, endPause, requireEnd, setTimer } from "./pausing.ts";

/** How the wait of an Approval ended. */
export type Decision = "APPROVED" | "DENIED" | "EXPIRED";

/** What a decision leads to: its tasks, and the property that says what follows them. */
const CONSEQUENCES: Readonly<Record<Decision, { list?: string; behavior: string; standard: string }>> = {
  APPROVED: { list: "onApprove", behavior: "approveBehavior", standard: "CONTINUE" },
  DENIED: { list: "onDeny", behavior: "denyBehavior", standard: "CANCEL" },
  EXPIRED: { behavior: "expireBehavior", standard: "CANCEL" },
};

/** States that the behaviors end the task run in; CONTINUE leaves that to its tasks. */
const BEHAVIORS: Readonly<Record<string, State | undefined>> = {
  CONTINUE: undefined,
  WARN: "WARNING",
  FAIL: "FAILED",
  SUCCEED: "SUCCESS",
  CANCEL: "CANCELLED",
  KILL: "KILLED",
};

const EXPIRES = "expires";

/** What an Approval knows of its past. */
interface Memory {
  readonly decision?: Decision;
  /** It has begun to wait; its children before this index are of the time before. */
  readonly since?: number;
}

export const approval: Flowable = {
  open: (turn, run) => {
    const { decision, since } = memoryOf(run);
    const onWait = run.node.lists["onWait"] ?? [];
    if (decision !== undefined) return { source: tasksOf(run), limit: 1 };
    if (since === undefined && isApprovedAnyway(turn, run)) {
      remember(turn, run, { decision: "APPROVED", since: turn.execution.nextIndex });
      return { source: tasksOf(run), limit: 1, outputs: { ...outputsOf(turn), decision: "APPROVED", auto: true } };
    }
    if (since === undefined && onWait.length > 0) return { source: tasksOf(run), limit: 1 };
    wait(turn, run);
    return undefined;
  },
  reopen: (_turn, run) => ({ source: tasksOf(run), limit: 1 }),
  isYetToPause: (run) => memoryOf(run).since === undefined,
  isPast: (run, child) => child.index < (memoryOf(run).since ?? 0),
  listEnded: (turn, run, block) => {
    if (memoryOf(run).since !== undefined || isFailing(block)) return false;
    block.ended = true;
    remember(turn, run, { since: turn.execution.nextIndex });
    turn.agenda.push({ do: "open", run });
    return true;
  },
  timer: (turn, run) => decideRun(turn, run, { decision: "EXPIRED", inputs: {} }),
  closed: (turn, run, state) => {
    const { decision } = memoryOf(run);
    if (decision === undefined || stopsTheLine(state) || turn.execution.stopping !== undefined) {
      endRun(turn, run, state);
      return;
    }
    end(turn, run, outcomeOf(turn, run, decision), { state, decision });
  },
};

/** Decides about an Approval that waits. */
export function decideRun(
  turn: Turn,
  run: LiveRun,
  review: {
    readonly decision: Decision;
    readonly inputs: JsonMap;
    readonly comment?: string | undefined;
    readonly by?: string | undefined;
  },
): void {
  if (run.state !== "PAUSED" || run.node.task.type !== APPROVAL) return;
  const { decision, inputs, comment = null, by = null } = review;
  clearTimer(turn, run, EXPIRES);
  const on = Temporal.Instant.fromEpochMilliseconds(turn.context.now).toString();
  setOutputs(turn, run, { ...run.outputs, decision, auto: false, by, on, comment, inputs });
  remember(turn, run, { decision, since: turn.execution.nextIndex });
  endPause(turn, run, true);
  turn.agenda.push({ do: "open", run });
}

function wait(turn: Turn, run: LiveRun): void {
  const timeoutMs = durationOf(turn, run, run.node.task.timeout);
  requireEnd(turn, timeoutMs, "timeout");
  const outputs = outputsOf(turn);
  const dueAt = timeoutMs === undefined ? undefined : turn.context.now + timeoutMs;
  const due: JsonMap = dueAt === undefined ? {} : { due: Temporal.Instant.fromEpochMilliseconds(dueAt).toString() };
  setOutputs(turn, run, { ...outputs, ...due });
  remember(turn, run, { since: turn.execution.nextIndex });
  beginPause(turn, run);
  if (dueAt !== undefined) setTimer(turn, run, EXPIRES, dueAt);
}

/** Its failed tasks end the wait before it begins, unless they may fail. */
function isFailing(block: Block): boolean {
  const { failed, killed } = block.tally;
  if (failed + killed === 0) return false;
  const { node } = block;
  const hasErrors = block.phase === "tasks" && (node.lists["errors"] ?? []).length > 0;
  return hasErrors || !node.task.allowFailure;
}

function isApprovedAnyway(turn: Turn, run: LiveRun): boolean {
  const asked = renderProperty(turn, run, run.node.task.properties["autoApprove"], { typed: true });
  return asked === true || asked === "true";
}

/** What is known before the decision. */
function outputsOf(turn: Turn): JsonMap {
  const { execution } = turn;
  const { url } = (turn.context.globals["kestra"] ?? {}) as { readonly url?: string };
  const { namespace, flowId } = execution.fixed;
  if (url === undefined) return {};
  return { url: `${url}/ui/${execution.tenant}/executions/${namespace}/${flowId}/${execution.id}` };
}

function tasksOf(run: LiveRun): ReturnType<typeof oneLane> {
  const { decision } = memoryOf(run);
  const list = decision === undefined ? "onWait" : CONSEQUENCES[decision].list;
  return oneLane(list === undefined ? [] : (run.node.lists[list] ?? []));
}

function outcomeOf(turn: Turn, run: LiveRun, decision: Decision): State | undefined {
  const { behavior: property, standard } = CONSEQUENCES[decision];
  const written = run.node.task.properties[property];
  const behavior = written === undefined ? standard : renderText(turn, run, String(written));
  if (Object.hasOwn(BEHAVIORS, behavior)) return BEHAVIORS[behavior];
  const known = Object.keys(BEHAVIORS).join(", ");
  throw new FlowableError(`\`${property}\` must be one of ${known}, but is \`${behavior}\``);
}

function end(
  turn: Turn,
  run: LiveRun,
  outcome: State | undefined,
  { state, decision }: { readonly state: State; readonly decision: Decision },
): void {
  if (outcome === undefined || outcome === "WARNING") {
    endRun(turn, run, outcome ?? state);
    return;
  }
  // A restart asks the reviewer again.
  remember(turn, run, { outcome });
  if (outcome === "FAILED") {
    const { behavior } = CONSEQUENCES[decision];
    tellFailure(turn, run, `the decision is ${decision}, and \`${behavior}\` says that it fails then`);
    endRun(turn, run, outcome);
  } else endAround(turn, run, outcome);
}

function memoryOf(run: LiveRun): Memory {
  const memory: Memory | undefined = run.memory;
  return memory ?? {};
}

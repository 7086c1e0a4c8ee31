/**
 * A paused task run:
 *
 *   RUNNING → PAUSED     at once; the whole execution is PAUSED with it
 *   PAUSED  → SUCCESS    resumed by a person, or its `pauseDuration` is over: WARNING, FAILED or CANCELLED as `behavior` says
 *   PAUSED  → FAILED     its `timeout` is over (only without a duration)
 *   PAUSED  → RUNNING    instead of one of these, while something of its own is to run: its `tasks`, or after a failure its
 *                        `errors`, and in both cases its `finally`
 *   RUNNING → SUCCESS    these are through; or FAILED, and so on
 *
 * Its `onPause` task is the one thing that starts while the execution is PAUSED. When the pause is over before that task, the
 * task run is RUNNING and waits for it; how that task ends does not matter.
 */
import type { JsonMap } from "@capstan/model";
import { isTerminal, type State } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { createBlock, oneLane, proceed } from "../blocks/block.ts";
import { stopAll } from "../endings/kill.ts";
import { endRun, forceOpen, leavePause, tellFailure } from "../blocks/run.ts";
import { renderText } from "../execution/scope.ts";
import { remember, setOutputs } from "../execution/states.ts";
import { PAUSE } from "../plan.ts";
import type { Turn } from "../turn.ts";
import { FlowableError, type Flowable, type Opening } from "./flowable.ts";
import { beginPause, clearTimer, durationOf, endPause, requireEnd, setTimer } from "./pausing.ts";

const OVER = "over";
const TIMEOUT = "timeout";

export const pause: Flowable = {
  open: (turn, run) => {
    const { task } = run.node;
    const over = resumedTo(run);
    if (over !== undefined) return openingAfter(run, over);
    const durationMs = durationOf(turn, run, task.properties["pauseDuration"] ?? task.properties["delay"]);
    const timeoutMs = durationOf(turn, run, task.timeout);
    const behavior = behaviorOf(turn, run);
    const { now } = turn.context;
    requireEnd(turn, durationMs ?? timeoutMs, "pauseDuration");
    const lengthMs = durationMs ?? timeoutMs;
    remember(turn, run, { behavior, ...(lengthMs === undefined ? {} : { until: now + lengthMs }) });
    beginPause(turn, run);
    if (lengthMs !== undefined) setTimer(turn, run, durationMs === undefined ? TIMEOUT : OVER, now + lengthMs);
    startOnPause(turn, run);
    return undefined;
  },
  timer: (turn, run, key) => {
    if (run.state !== "PAUSED") return;
    if (key === TIMEOUT) {
      if (run.block !== undefined) {
        run.block.ended = true;
        forceOpen(turn, run.block.open, "FAILED");
      }
      tellFailure(turn, run, "the pause was not resumed before its timeout");
      goOnAs(turn, run, "FAILED");
      return;
    }
    const { behavior } = (run.memory ?? {}) as { behavior?: string };
    const state = stateAfter(behavior);
    if (state === "FAILED") tellFailure(turn, run, "the pause is over, and `behavior` says that it fails then");
    resumeRun(turn, run, { state, by: undefined, inputs: undefined });
  },
  pauseEnded: (turn, run) => {
    const over = resumedTo(run);
    if (run.state === "RUNNING" && over !== undefined) resumed(turn, run, over);
  },
  closed: (turn, run, state) => endRun(turn, run, state === "SUCCESS" ? (resumedTo(run) ?? state) : state),
};

/**
 * Lets a Pause, and with the last one the execution, go on; an Approval is not resumed but decided. Nobody was asked for `inputs`
 * where they are absent.
 */
export function resumeRun(
  turn: Turn,
  run: LiveRun,
  resumption: { readonly state: State; readonly by: string | undefined; readonly inputs: JsonMap | undefined },
): void {
  if (run.state !== "PAUSED" || run.node.task.type !== PAUSE) return;
  for (const key of [OVER, TIMEOUT]) clearTimer(turn, run, key);
  const { state, by, inputs } = resumption;
  const on = Temporal.Instant.fromEpochMilliseconds(turn.context.now).toString();
  const ending = { on, to: state, ...(by === undefined ? {} : { by }) };
  setOutputs(turn, run, { ...(inputs === undefined ? {} : { onResume: inputs }), resumed: ending });
  goOnAs(turn, run, state);
}

function goOnAs(turn: Turn, run: LiveRun, state: State): void {
  remember(turn, run, { resumedTo: state });
  const waits = run.block !== undefined && run.block.open.size > 0;
  if (!waits && state === "CANCELLED") return cancel(turn, run);
  endPause(turn, run, waits || hasMore(run, state));
  if (!waits) resumed(turn, run, state);
}

/** Stops the whole execution; after its end there is only the pause itself to stop. */
function cancel(turn: Turn, run: LiveRun): void {
  if (!isTerminal(turn.execution.state)) return stopAll(turn, "CANCELLED");
  leavePause(turn.execution, run);
  endRun(turn, run, "CANCELLED");
}

/** The pause is over, and so is what ran meanwhile. */
function resumed(turn: Turn, run: LiveRun, state: State): void {
  if (state === "CANCELLED") return cancel(turn, run);
  if (!hasMore(run, state)) {
    endRun(turn, run, state);
    return;
  }
  const { source, limit, failed } = openingAfter(run, state);
  run.block = createBlock(run.node, run, source, limit);
  if (failed === true) run.block.tally.failed = 1;
  proceed(turn, run.block);
}

/** Whether it runs anything after a pause that ended in this state. */
function hasMore({ node: { lists } }: LiveRun, state: State): boolean {
  return [state === "FAILED" ? "errors" : "tasks", "finally"].some((name) => (lists[name] ?? []).length > 0);
}

function openingAfter(run: LiveRun, state: State): Opening {
  const failed = state === "FAILED";
  return { source: oneLane(failed ? [] : (run.node.lists["tasks"] ?? [])), limit: 1, failed };
}

/** How the pause ended, once it has. */
function resumedTo(run: LiveRun): State | undefined {
  return (run.memory as { resumedTo?: State } | undefined)?.resumedTo;
}

function startOnPause(turn: Turn, run: LiveRun): void {
  const list = run.node.lists["onPause"] ?? [];
  if (list.length === 0) return;
  run.block = createBlock(run.node, run, oneLane(list), 1);
  run.block.phase = "pause";
  proceed(turn, run.block);
}

function behaviorOf(turn: Turn, run: LiveRun): string {
  const { behavior } = run.node.task.properties;
  const rendered = behavior === undefined ? "RESUME" : renderText(turn, run, String(behavior));
  if (["RESUME", "WARN", "CANCEL", "FAIL"].includes(rendered)) return rendered;
  throw new FlowableError(`\`behavior\` must be RESUME, WARN, CANCEL or FAIL, but is \`${rendered}\``);
}

function stateAfter(behavior: string | undefined): State {
  switch (behavior) {
    case "WARN":
      return "WARNING";
    case "FAIL":
      return "FAILED";
    case "CANCEL":
      return "CANCELLED";
    default:
      return "SUCCESS";
  }
}

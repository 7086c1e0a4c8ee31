import { isTruthyText } from "@capstan/expression";
import { parseDuration, type JsonMap } from "@capstan/model";
import { createBlock, oneLane, proceed } from "../blocks/block.ts";
import { isTerminal } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { endRun, failRun } from "../blocks/run.ts";
import { renderProperty, renderText } from "../execution/scope.ts";
import { valuesRead } from "../history/read-values.ts";
import { remember, setOutputs } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { FlowableError, type Flowable } from "./flowable.ts";

/** Time between two rounds when the flow gives none: one minute, as in Kestra 1.x. */
const INTERVAL_MS_DEFAULT = 60_000;

/**
 * Runs its tasks, then looks at its condition: ends when it holds, otherwise waits and runs them again. The task runs
 * of earlier rounds are removed. Its output tells its tasks and its condition the number of the round, from 1.
 */
export const loopUntil: Flowable = {
  open: (_turn, run) => ({
    source: oneLane(run.node.lists["tasks"] ?? [], { iteration: roundOf(run) }),
    limit: 1,
    outputs: { iterationCount: roundOf(run) + 1 },
  }),
  closed: (turn, run, state) => {
    if (state === "FAILED" || state === "KILLED" || turn.execution.stopping !== undefined) {
      endRun(turn, run, state);
      return;
    }
    const round = roundOf(run) + 1;
    const limits = limitsOf(turn, run);
    // As in Kestra, a round that ends in time is followed by another, although that may begin after the time.
    const exhausted = round >= limits.maxIterations || turn.context.now > beganAt(run) + limits.maxDurationMs;
    const condition = String(run.node.task.properties["condition"] ?? "");
    const result = renderText(turn, run, condition);
    if (isTruthyText(result)) endRun(turn, run, state);
    else if (exhausted && limits.failOnMaxReached) failRun(turn, run, withoutEnd(round, limits.maxIterations));
    else if (exhausted) endRun(turn, run, state);
    else {
      const asked = { result, values: valuesRead(turn, run, condition) };
      remember(turn, run, { round, roundAt: turn.context.now + limits.intervalMs, asked });
      setOutputs(turn, run, { iterationCount: round + 1 });
      awaitRound(turn, run);
    }
  },
  waitsAgain: (turn, run, children) => {
    const isBetween = children.every(({ iteration, state }) => isTerminal(state) && iteration !== roundOf(run));
    if (isBetween) awaitRound(turn, run);
    return isBetween;
  },
  timer: (turn, run) => {
    // A timer that was set again may fire twice.
    if (run.block?.ended === false || turn.context.now < roundAt(turn, run)) return;
    removeChildren(turn, run);
    const source = oneLane(run.node.lists["tasks"] ?? [], { iteration: roundOf(run) });
    run.block = createBlock(run.node, run, source, 1);
    proceed(turn, run.block);
  },
};

function withoutEnd(round: number, maxIterations: number): string {
  return `its condition did not hold within ${round >= maxIterations ? `${round} iterations` : "its maximum duration"}`;
}

function awaitRound(turn: Turn, run: LiveRun): void {
  turn.effects.push({ type: "set-timer", key: `task:${run.index}:round`, at: roundAt(turn, run) });
}

/** What its maximum duration is measured from: a restart and a replay give it all of its time again. */
function beganAt({ history }: LiveRun): number {
  return history.findLast(({ state }) => state === "RUNNING")!.date;
}

/** When the next round is due. */
function roundAt(turn: Turn, run: LiveRun): number {
  return (run.memory as { roundAt?: number } | undefined)?.roundAt ?? turn.context.now;
}

function roundOf(run: LiveRun): number {
  return (run.memory as { round?: number } | undefined)?.round ?? 0;
}

function limitsOf(turn: Turn, run: LiveRun) {
  const { properties } = run.node.task;
  const frequency = (renderProperty(turn, run, properties["checkFrequency"]) ?? {}) as JsonMap;
  const failOnMaxReached = renderProperty(turn, run, properties["failOnMaxReached"], { typed: true });
  return {
    maxIterations: integerOf(frequency["maxIterations"]) ?? Number.POSITIVE_INFINITY,
    maxDurationMs: durationOf(frequency["maxDuration"]) ?? Number.POSITIVE_INFINITY,
    intervalMs: durationOf(frequency["interval"]) ?? INTERVAL_MS_DEFAULT,
    failOnMaxReached: failOnMaxReached === true || failOnMaxReached === "true",
  };
}

function integerOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

function durationOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const duration = parseDuration(String(value));
  if (duration === undefined) throw new FlowableError(`\`${String(value)}\` is not an ISO-8601 duration such as PT1M`);
  return duration;
}

/** The plan keeps the runs below a LoopUntil in memory, so that they can be found here. */
function removeChildren(turn: Turn, run: LiveRun): void {
  const { runs, removedRuns } = turn.execution;
  for (const candidate of runs.values()) {
    if (!isBelow(candidate, run)) continue;
    runs.delete(candidate.index);
    candidate.dirty = false;
    removedRuns.push(candidate.index);
  }
}

function isBelow(candidate: LiveRun, ancestor: LiveRun): boolean {
  for (let current = candidate.parent; current !== undefined; current = current.parent) {
    if (current === ancestor) return true;
  }
  return false;
}

import type { JsonMap, JsonValue } from "@capstan/model";
import { childId } from "../execution/ids.ts";
import type { LiveRun } from "../execution/live.ts";
import { FOR_EACH_ITEM } from "../plan.ts";
import { attemptAtWork } from "../blocks/run.ts";
import { renderProperty } from "../execution/scope.ts";
import type { ChildEnd, ChildRequest, Outcome, Turn } from "../turn.ts";
import { labelsOf } from "../updating/updating.ts";

export const SUBFLOW = "io.kestra.plugin.core.flow.Subflow";

/** Which child of a task run is asked for. */
export interface Wanted {
  readonly executionId: string;
  /** ForEachItem: which batch, from 0, and what `taskrun` shows for it. */
  readonly batch?: { readonly iteration: number; readonly taskrun: JsonMap };
  /** Go on with the child of an earlier attempt instead of making another. */
  readonly restart: boolean;
}

/** The child execution that a task asks for, with its properties rendered. */
export function requestFor(turn: Turn, run: LiveRun, { executionId, batch, restart }: Wanted): ChildRequest {
  const { properties } = run.node.task;
  const extra = batch === undefined ? {} : { extra: { taskrun: batch.taskrun } };
  const property = (name: string) => renderProperty(turn, run, properties[name], extra);
  const revision = property("revision");
  const scheduleDate = property("scheduleDate");
  return {
    executionId,
    run,
    attempt: attemptAtWork(run),
    restart,
    ...(batch === undefined ? {} : { iteration: batch.iteration }),
    namespace: String(property("namespace")),
    flowId: String(property("flowId")),
    ...(revision === undefined || revision === null || revision === "" ? {} : { revision: Number(revision) }),
    // As texts, like those of the API: the child's declarations give them their types.
    inputs: (property("inputs") ?? {}) as JsonMap,
    labels: labelsOf(property("labels")),
    inheritLabels: isTrue(property("inheritLabels"), false),
    wait: waits(turn, run),
    ...(typeof scheduleDate === "string" && scheduleDate !== "" ? { scheduleDate: epochMsOf(scheduleDate) } : {}),
    triggerType: batch === undefined ? SUBFLOW : FOR_EACH_ITEM,
    variables: triggerVariables(turn, run, batch?.iteration),
  };
}

/** The id of the child of an attempt that began at `beganMs`: the same whenever it is asked for. */
export function idOfChild(turn: Turn, run: LiveRun, attempt: number, beganMs: number, iteration = 0): string {
  return childId(turn.execution.id, run.index, iteration, attempt, beganMs);
}

/** Whether the failed children of a restarted task are restarted with it. */
export function restartsChildren(turn: Turn, run: LiveRun): boolean {
  const behavior = renderProperty(turn, run, run.node.task.properties["restartBehavior"]);
  return behavior !== "NEW_EXECUTION";
}

export function waits(turn: Turn, run: LiveRun): boolean {
  return isTrue(renderProperty(turn, run, run.node.task.properties["wait"], { typed: true }), true);
}

/**
 * What the end of a child makes of the task that waited for it. A cancelled child is no failure, as in Kestra: a flow that
 * cancels what comes while it runs would otherwise fail whoever calls it then.
 */
export function transmitted(turn: Turn, run: LiveRun, state: ChildEnd["state"]): Outcome["state"] {
  const { transmitFailed } = run.node.task.properties;
  if (!isTrue(renderProperty(turn, run, transmitFailed, { typed: true }), true)) return "SUCCESS";
  if (state === "FAILED" || state === "KILLED") return "FAILED";
  return state === "WARNING" ? "WARNING" : "SUCCESS";
}

function triggerVariables(turn: Turn, run: LiveRun, iteration: number | undefined): JsonMap {
  const { id, fixed } = turn.execution;
  return {
    executionId: id,
    namespace: fixed.namespace,
    flowId: fixed.flowId,
    flowRevision: fixed.flowRevision,
    taskRunId: run.id,
    taskId: run.node.id,
    ...(run.value === undefined ? {} : { taskRunValue: run.value }),
    ...(iteration === undefined ? {} : { taskRunIteration: iteration }),
  };
}

function epochMsOf(date: string): number {
  return Temporal.Instant.from(date).epochMilliseconds;
}

function isTrue(value: JsonValue | undefined, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise;
  return value === true || value === "true";
}

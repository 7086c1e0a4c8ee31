import type { JsonMap, JsonValue } from "@capstan/model";
import { childId } from "./ids.ts";
import type { LiveRun } from "./live.ts";
import { FOR_EACH_ITEM, ITEMS_TYPE } from "./plan.ts";
import { attemptEnded, startAttempt } from "./run.ts";
import { renderProperty } from "./scope.ts";
import { remember, setOutputs } from "./states.ts";
import type { ChildEnd, ChildRequest, Outcome, Turn } from "./turn.ts";
import { labelsOf } from "./updating/updating.ts";

const SUBFLOW = "io.kestra.plugin.core.flow.Subflow";

/** Begins a task that creates executions: a Subflow, or the middle part of a ForEachItem. */
export function startExecutable(turn: Turn, run: LiveRun): void {
  if (run.node.task.type === ITEMS_TYPE) {
    startItems(turn, run);
    return;
  }
  const request = requestFor(turn, run, undefined, {});
  startAttempt(turn, run);
  remember(turn, run, { executionId: request.executionId });
  setOutputs(turn, run, { executionId: request.executionId });
  turn.effects.push({ type: "create-child", request });
}

/** The child exists: a task that does not wait ends here. */
export function childCreated(turn: Turn, run: LiveRun, iteration: number | undefined): void {
  if (waits(turn, run)) return;
  if (iteration === undefined) {
    const outputs: JsonMap = { ...run.outputs, state: "CREATED" };
    attemptEnded(turn, run, { state: "SUCCESS", outputs });
  } else countItem(turn, run, "CREATED");
}

export function childRefused(turn: Turn, run: LiveRun, iteration: number | undefined, message: string): void {
  if (iteration === undefined) attemptEnded(turn, run, { state: "FAILED", error: { message } });
  else countItem(turn, run, "FAILED");
}

export function childEnded(turn: Turn, run: LiveRun, end: ChildEnd): void {
  if (end.iteration !== undefined) {
    countItem(turn, run, end.state);
    return;
  }
  const { executionId } = (run.memory ?? {}) as { executionId?: string };
  if (executionId !== end.executionId) return;
  const outputs: JsonMap = {
    executionId: end.executionId,
    state: end.state,
    ...(end.outputs === undefined ? {} : { outputs: end.outputs }),
  };
  const state = end.error === undefined ? transmitted(turn, run, end.state) : "FAILED";
  const reason = end.error ?? `the subflow ${end.executionId} ended ${end.state}`;
  const error = state === "FAILED" ? { message: reason } : undefined;
  attemptEnded(turn, run, { state, outputs, ...(error === undefined ? {} : { error }) });
}

/** Asks again for a child after a restart of the process; the same id makes it harmless. */
export function requestAgain(turn: Turn, run: LiveRun): void {
  const { executionId } = (run.memory ?? {}) as { executionId?: string };
  if (executionId === undefined || run.node.task.type !== SUBFLOW) return;
  turn.effects.push({ type: "create-child", request: { ...requestFor(turn, run, undefined, {}), executionId } });
}

function requestFor(
  turn: Turn,
  run: LiveRun,
  iteration: number | undefined,
  taskrun: Readonly<Record<string, unknown>>,
): ChildRequest {
  const { execution } = turn;
  const { properties } = run.node.task;
  const extra = iteration === undefined ? {} : { extra: taskrun };
  const property = (name: string) => renderProperty(turn, run, properties[name], { typed: true, ...extra });
  const revision = property("revision");
  const scheduleDate = property("scheduleDate");
  const attempt = run.attempts.length + 1;
  return {
    executionId: childId(execution.id, run.index, iteration ?? 0, attempt, turn.context.now),
    run,
    ...(iteration === undefined ? {} : { iteration }),
    namespace: String(property("namespace")),
    flowId: String(property("flowId")),
    ...(revision === undefined || revision === null ? {} : { revision: Number(revision) }),
    inputs: (property("inputs") ?? {}) as JsonMap,
    labels: labelsOf(property("labels")),
    inheritLabels: isTrue(property("inheritLabels"), false),
    wait: waits(turn, run),
    ...(typeof scheduleDate === "string"
      ? { scheduleDate: Temporal.Instant.from(scheduleDate).epochMilliseconds }
      : {}),
    triggerType: iteration === undefined ? SUBFLOW : FOR_EACH_ITEM,
    variables: {
      executionId: execution.id,
      namespace: execution.fixed.namespace,
      flowId: execution.fixed.flowId,
      flowRevision: execution.fixed.flowRevision,
      taskRunId: run.id,
      taskId: run.node.id,
      ...(run.value === undefined ? {} : { taskRunValue: run.value }),
      ...(iteration === undefined ? {} : { taskRunIteration: iteration }),
    },
  };
}

function waits(turn: Turn, run: LiveRun): boolean {
  return isTrue(renderProperty(turn, run, run.node.task.properties["wait"], { typed: true }), true);
}

function transmitted(turn: Turn, run: LiveRun, state: string): Outcome["state"] {
  const transmits = isTrue(
    renderProperty(turn, run, run.node.task.properties["transmitFailed"], { typed: true }),
    true,
  );
  if (!transmits) return "SUCCESS";
  if (state === "FAILED" || state === "KILLED" || state === "CANCELLED") return "FAILED";
  return state === "WARNING" ? "WARNING" : "SUCCESS";
}

export function isTrue(value: JsonValue | undefined, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise;
  return value === true || value === "true";
}

// ForEachItem ------------------------------------------------------------------------------------------------------

interface ItemsMemory {
  readonly lines?: number;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Its batches are known once the file that its split wrote has been read. */
function startItems(turn: Turn, run: LiveRun): void {
  const uri = splitsOf(turn, run);
  startAttempt(turn, run);
  if (uri === undefined) attemptEnded(turn, run, { state: "SUCCESS" });
  else turn.effects.push({ type: "read-lines", run, uri });
}

export function linesRead(turn: Turn, run: LiveRun, lines: readonly string[]): void {
  if (run.state !== "RUNNING" || (run.memory as ItemsMemory | undefined)?.lines !== undefined) return;
  if (lines.length === 0) {
    attemptEnded(turn, run, { state: "SUCCESS" });
    return;
  }
  const requests = lines.map((line, iteration) =>
    requestFor(turn, run, iteration, { taskrun: { ...taskRunRoot(run), items: line, iteration } }),
  );
  remember(turn, run, { lines: lines.length, counts: {} });
  for (const request of requests) turn.effects.push({ type: "create-child", request });
}

function countItem(turn: Turn, run: LiveRun, state: string): void {
  const memory = (run.memory ?? {}) as ItemsMemory;
  const counts = { ...memory.counts, [state]: (memory.counts?.[state] ?? 0) + 1 };
  run.memory = { ...run.memory, counts };
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total < (memory.lines ?? 0)) return;
  const iterations = waits(turn, run) ? { CREATED: 0, RUNNING: 0, ...counts } : { RUNNING: 0, SUCCESS: total };
  const outputs: JsonMap = { iterations, numberOfBatches: total, subflowOutputsBaseUri: baseUri(turn, run) };
  attemptEnded(turn, run, { state: itemsState(turn, run, counts), outputs });
}

function itemsState(turn: Turn, run: LiveRun, counts: Readonly<Record<string, number>>): Outcome["state"] {
  const states = new Set(Object.keys(counts).map((state) => transmitted(turn, run, state)));
  if (states.has("FAILED")) return "FAILED";
  return states.has("WARNING") ? "WARNING" : "SUCCESS";
}

function splitsOf(turn: Turn, run: LiveRun): string | undefined {
  const splitId = run.node.id.replace(/_items$/, "_split");
  let outputs: unknown = turn.execution.index.outputs.get(splitId);
  if (typeof outputs === "object" && outputs !== null && run.parent?.value !== undefined)
    outputs = (outputs as { get?: (key: string) => unknown }).get?.(run.parent.value) ?? outputs;
  const splits = (outputs as { splits?: unknown } | undefined)?.splits;
  return typeof splits === "string" ? splits : undefined;
}

function taskRunRoot(run: LiveRun): JsonMap {
  return { id: run.id, ...(run.value === undefined ? {} : { value: run.value }) };
}

function baseUri(turn: Turn, run: LiveRun): string {
  const { namespace, flowId } = turn.execution.fixed;
  const path = namespace.replaceAll(".", "/");
  return `kestra:///${path}/${flowId}/executions/${turn.execution.id}/tasks/${run.node.id}/${run.id}`;
}

import { BoxedFloat, LazyMap, type Place } from "@capstan/expression";
import {
  idempotencyKeysOf,
  indexFor,
  referencesOf,
  ROOT_NAMES,
  rootOf,
  secretsOf,
  type LiveExecution,
  type LiveRun,
  type PlanNode,
} from "@capstan/engine";
import type { JsonValue, Task } from "@capstan/model";
import type { TaskIdentity } from "@capstan/sdk";
import type { Job } from "../worker/worker.ts";

/** Roots that are carried only by jobs whose expressions name them, because they can be large. */
const LARGE_ROOTS = new Set(["batch", "tasks"]);

/** Everything an attempt needs, as plain data: what its expressions are known to read, and the small roots. */
export function jobFor(
  execution: LiveExecution,
  run: LiveRun,
  attempt: number,
  globals: Readonly<Record<string, unknown>>,
): Job {
  const { node } = run;
  const references = referencesOf(node);
  const floats: Place[] = [];
  const variables: Record<string, JsonValue> = {};
  for (const name of ROOT_NAMES) {
    // Of outputs a job has those that it is known to read, apart from the variables.
    if (name === "outputs" || (LARGE_ROOTS.has(name) && !references.roots.has(name))) continue;
    const value = rootOf(execution, run, name);
    if (value !== undefined) variables[name] = plain(value, floats, ["variables", name]);
  }
  for (const [name, value] of Object.entries(globals)) variables[name] = plain(value);
  const outputs: Record<string, JsonValue> = {};
  const seen = indexFor(execution, run).outputs;
  for (const taskId of references.outputs) {
    const value = seen.get(taskId);
    if (value !== undefined) outputs[taskId] = plain(value, floats, ["outputs", taskId]);
  }
  const isGroup = node.task.type.endsWith(".WorkingDirectory");
  const priority = execution.fixed.control?.priority;
  return {
    key: jobKey(execution, run, attempt),
    identity: identityOf(execution, run, attempt),
    taskRunIndex: run.index,
    task: node.task,
    variables,
    outputs,
    floats,
    secrets: secretsOf(execution),
    ...(priority === undefined ? {} : { priority }),
    ...(isGroup ? { group: (node.lists["tasks"] ?? []).map(groupTask) } : {}),
  };
}

/** A child of a WorkingDirectory with the retry policy that it inherits. */
function groupTask({ task, retry }: PlanNode): Task {
  return retry === undefined ? task : { ...task, retry };
}

export function jobKey(execution: LiveExecution, run: LiveRun, attempt: number): string {
  return `${execution.tenant}/${execution.id}/${run.id}/${attempt}`;
}

export function identityOf(execution: LiveExecution, run: LiveRun, attempt: number): TaskIdentity {
  const { namespace, flowId, flowRevision } = execution.fixed;
  return {
    tenant: execution.tenant,
    namespace,
    flowId,
    flowRevision,
    executionId: execution.id,
    taskId: run.node.id,
    taskRunId: run.id,
    attempt,
    ...idempotencyKeysOf(run),
    ...(run.value === undefined ? {} : { value: run.value }),
  };
}

/**
 * A value without lazy parts, so that it can cross to another thread. Floats become numbers; their places, which begin with
 * `place`, are added to `floats`.
 */
export function plain(value: unknown, floats?: Place[], place: string[] = []): JsonValue {
  if (value instanceof BoxedFloat) {
    floats?.push([...place]);
    return value.value;
  }
  const within = (key: string, item: unknown): JsonValue => {
    place.push(key);
    const copy = plain(item, floats, place);
    place.pop();
    return copy;
  };
  if (Array.isArray(value)) return value.map((item: unknown, index) => within(String(index), item));
  if (typeof value !== "object" || value === null) return value as JsonValue;
  const map: Record<string, JsonValue> = {};
  for (const [key, item] of value instanceof LazyMap ? entriesOf(value) : Object.entries(value))
    if (item !== undefined) map[key] = within(key, item);
  return map;
}

function* entriesOf(map: LazyMap): Iterable<[string, unknown]> {
  for (const key of map.keys()) yield [key, map.get(key)];
}

import { createMasking } from "@capstan/engine";
import { type Environment, type Scope, Suspension } from "@capstan/expression";
import type { Task } from "@capstan/model";
import {
  type InlineContext,
  type Metric,
  resolveProperties,
  type TaskDefinition,
  TaskFailure,
  type TaskIdentity,
} from "@capstan/sdk";
import type { LogLine } from "@capstan/store";
import { failure, jobResult } from "./attempt/attempt.ts";
import { createLineLog } from "./attempt/attempt-log.ts";
import { propertyRenderer } from "./evaluation.ts";
import { eachSecret } from "./attempt/secret-properties.ts";
import type { JobResult } from "./worker.ts";

/** Everything that an inline task did: it is committed together. */
export interface InlineResult {
  readonly result: JobResult;
  readonly lines: readonly LogLine[];
  readonly metrics: readonly Metric[];
}

/**
 * Runs a task that touches nothing outside the engine, in the turn of the caller. A `Suspension` passes through: what it waits
 * for is not there, so the caller submits the task to a worker. `secrets` are hidden in logs and errors.
 */
export function runInlineTask(
  definition: TaskDefinition & Required<Pick<TaskDefinition, "runInline">>,
  task: Task,
  scope: Scope,
  environment: Environment,
  options: { readonly identity: TaskIdentity; readonly now: () => number; readonly secrets?: readonly string[] },
): InlineResult {
  const lines: LogLine[] = [];
  const metrics: Metric[] = [];
  const masking = createMasking(options.secrets);
  const log = createLineLog((line) => lines.push(line), { minimumLevel: task.logLevel, masking, now: options.now });
  const metric = (given: Metric) => void metrics.push(given);
  try {
    const resolved = resolveProperties(definition.properties, task.properties, propertyRenderer(scope, environment));
    if ("error" in resolved) throw new TaskFailure(resolved.error);
    eachSecret(definition.properties, resolved.properties, (secret) => masking.add(secret));
    const { identity, now } = options;
    const context: InlineContext<never> = { identity, properties: resolved.properties as never, log, now, metric };
    return { result: jobResult(definition.runInline(context), masking), lines, metrics };
  } catch (error) {
    if (error instanceof Suspension) throw error;
    return { result: failure(error, masking), lines, metrics };
  }
}

/**
 * Whether the executor may run a task itself: its type allows it, and nothing about it needs a worker. Secrets are resolved in
 * workers only, so a `secret()` in its properties suspends or is not provided there.
 */
export function isInline(
  definition: TaskDefinition | undefined,
  task: Task,
): definition is TaskDefinition & Required<Pick<TaskDefinition, "runInline">> {
  return (
    definition?.runInline !== undefined &&
    task.timeout === undefined &&
    !task.logToFile &&
    task.taskCache?.enabled !== true
  );
}

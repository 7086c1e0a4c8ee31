import type { Masking } from "@capstan/engine";
import { type JsonMap, parseDuration, type Task } from "@capstan/model";
import {
  isResult,
  type Metric,
  resolveProperties,
  type Services,
  type TaskContext,
  type TaskDefinition,
  TaskFailure,
  type TaskIdentity,
} from "@capstan/sdk";
import type { FunctionHost } from "../../functions/function-host.ts";
import { type AttemptLog, createAttemptLog, cut } from "./attempt-log.ts";
import { type AttemptFolder, createAttemptFolder, scopeWithFiles, scopeWithFolder } from "./attempt-folder.ts";
import { commandRunner } from "./command-runner.ts";
import { createEvaluation, type Evaluation } from "../evaluation.ts";
import { executionFiles } from "../execution-files.ts";
import { ABANDONED, createInterruption, type Interruption } from "./interruption.ts";
import { ATTEMPT_LIMITS } from "../limits.ts";
import { createLogFile, type LogFile } from "./log-file.ts";
import type { OutputsMap } from "./outputs-map.ts";
import { plainOutputs } from "./plain-outputs.ts";
import type { AttemptPlatform } from "../platform.ts";
import { eachSecret } from "./secret-properties.ts";
import { taskCache } from "./task-cache.ts";
import { TEMPLATED_TASK, taskOfSpec } from "./templated-task.ts";
import type { JobResult } from "../worker.ts";

export interface Attempt {
  /** Of the job that it belongs to. */
  readonly key: string;
  readonly identity: TaskIdentity;
  readonly task: Task;
  /** Roots of the scope except `outputs`. */
  readonly variables: JsonMap;
  readonly outputs: OutputsMap;
  readonly masking: Masking;
  /** A working folder that it shares with other tasks. */
  readonly folder?: string;
}

/** What the parts of one attempt have in common. */
interface Frame {
  readonly attempt: Attempt;
  readonly platform: AttemptPlatform;
  readonly log: AttemptLog;
  readonly evaluation: Evaluation;
  readonly interruption: Interruption;
  readonly folder: AttemptFolder;
  readonly services: Services;
}

/**
 * Runs one attempt of a task to its end and says how it ended; it never rejects. Everything that it logged was handed out
 * before, and its temporary folder is gone. When it does not obey a kill or its timeout, it is abandoned: it is over for
 * everybody, and what it still says is dropped.
 */
export async function runAttempt(attempt: Attempt, platform: AttemptPlatform, kill: AbortSignal): Promise<JobResult> {
  const { host } = platform;
  const { key, task, masking, identity } = attempt;
  let isOver = false;
  const options = { minimumLevel: task.logLevel, masking, now: platform.now };
  const logFile = task.logToFile
    ? createLogFile(platform.directory, `${identity.taskRunId}-${identity.attempt}`)
    : undefined;
  const log = createAttemptLog((lines) => {
    if (isOver) return;
    if (logFile === undefined) host.log(key, task.id, lines);
    else logFile.append(lines);
  }, options);
  const services = host.services(identity.tenant);
  const interruption = createInterruption(kill);
  const folder = createAttemptFolder(platform.folders, attempt.folder);
  const evaluation = evaluationOf(attempt, platform, services, folder);
  const frame: Frame = { attempt, platform, log, services, evaluation, interruption, folder };
  let metricCount = 0;
  const metric = (given: Metric) => {
    metricCount += 1;
    if (metricCount === ATTEMPT_LIMITS.metrics + 1)
      log.warn(`an attempt publishes at most ${ATTEMPT_LIMITS.metrics} metrics: the others are left out`);
    if (!isOver && metricCount <= ATTEMPT_LIMITS.metrics) host.metrics(key, task.id, [maskedMetric(given, masking)]);
  };
  let ended: JobResult;
  try {
    const result = await interruption.obeyed(perform(frame, metric), platform.graceMs);
    if (result === ABANDONED) platform.abandoned(key);
    ended = interruptedResult(frame, undefined) ?? (result as JobResult);
  } catch (error) {
    ended = interruptedResult(frame, error) ?? failure(error, masking);
  }
  log.end();
  isOver = true;
  interruption.done();
  await removeFolder(frame, ended.state === "SUCCESS");
  return logFile === undefined ? ended : withLogFile(frame, logFile, ended);
}

/** A log that can't be stored is no reason to fail. */
async function withLogFile({ attempt, platform }: Frame, file: LogFile, ended: JobResult): Promise<JobResult> {
  const { key, task, identity } = attempt;
  try {
    if (ended.error !== undefined)
      file.append([{ time: platform.now(), level: "ERROR", message: ended.error.message }]);
    const logFile = await file.store(executionFiles(platform.storage, identity, platform.localFiles));
    return logFile === undefined ? ended : { ...ended, logFile };
  } catch (error) {
    const message = `the log of the task can't be stored: ${(error as Error).message}`;
    platform.host.log(key, task.id, [{ time: platform.now(), level: "WARN", message }]);
    return ended;
  }
}

/** From the task as written to its result. Throws to fail. */
async function perform(frame: Frame, metric: (metric: Metric) => void): Promise<JobResult> {
  const { attempt, platform, evaluation, interruption } = frame;
  const { masking, identity } = attempt;
  const { timeout } = attempt.task;
  if (timeout !== undefined) interruption.limit(durationOf(await evaluation.render(timeout)));
  const task = await taskToRun(frame);
  const definition = platform.registry.task(task.type);
  if (definition === undefined) throw new TaskFailure(unknownType(task));
  const resolved = await evaluation.settled((renderer) =>
    resolveProperties(definition.properties, task.properties, renderer),
  );
  if ("error" in resolved) throw new TaskFailure(resolved.error);
  eachSecret(definition.properties, resolved.properties, (secret) => masking.add(secret));
  if (interruption.signal.aborted) throw interruption.signal.reason;
  const { properties } = resolved;
  const cache = taskCache({ task, identity, properties }, platform.storage, platform.now);
  const known = await cache?.load();
  if (known !== undefined) return { state: "SUCCESS", outputs: known };
  const result = jobResult(await call(definition, contextOf(frame, task, properties as never, metric)), masking);
  if (result.state === "SUCCESS") await cache?.save(result.outputs);
  return result;
}

/** The task as written, or the one that its template stands for. */
async function taskToRun({ attempt: { task }, platform, evaluation }: Frame): Promise<Task> {
  if (task.type !== TEMPLATED_TASK) return task;
  const spec = await evaluation.render(String(task.properties["spec"] ?? ""));
  return {
    ...taskOfSpec(spec, task, platform.registry.catalogue),
    ...(task.taskCache && { taskCache: task.taskCache }),
  };
}

async function call(definition: TaskDefinition, context: TaskContext<never>): Promise<unknown> {
  if (definition.runInline !== undefined) return definition.runInline(context);
  if (definition.run === undefined) throw new TaskFailure(`tasks of type ${definition.type} don't run on a worker`);
  return definition.run(context);
}

function contextOf(frame: Frame, task: Task, properties: never, metric: (metric: Metric) => void): TaskContext<never> {
  const { attempt, platform, log, evaluation, interruption, folder, services } = frame;
  const { identity, masking } = attempt;
  const { signal } = interruption;
  return {
    identity,
    properties,
    task,
    log,
    services,
    signal,
    metric,
    now: platform.now,
    render: evaluation.render,
    evaluate: evaluation.evaluate,
    files: executionFiles(platform.storage, identity, platform.localFiles),
    localFiles: platform.localFiles,
    workingDirectory: () => folder.path(),
    runCommand: commandRunner({
      ...frame,
      log,
      signal,
      masking,
      identity,
      isFolderShared: attempt.folder !== undefined,
    }),
    mask: (value) => masking.add(value),
  };
}

/** What a task returned, or what its `result()` says, as plain data. */
export function jobResult(returned: unknown, masking: Masking): JobResult {
  const { state = "SUCCESS", outputs, message } = isResult(returned) ? returned : { outputs: returned };
  const plain = plainOutputs(outputs);
  if ("error" in plain) return { state: "FAILED", error: { message: masking.mask(plain.error) } };
  const kept = plain.outputs === undefined ? {} : { outputs: plain.outputs };
  if (state !== "FAILED") return { state, ...kept };
  return { state, ...kept, error: { message: shownText(message ?? "the task failed", masking) } };
}

/** An error as a failed result: outputs of a `TaskFailure` are kept; the stack is kept of errors that are nobody's plan. */
export function failure(error: unknown, masking: Masking): JobResult {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const plain = plainOutputs(error instanceof TaskFailure ? error.outputs : undefined);
  const isPlanned = !(error instanceof Error) || error instanceof TaskFailure || "code" in error;
  return {
    state: "FAILED",
    ...("outputs" in plain && plain.outputs !== undefined ? { outputs: plain.outputs } : {}),
    error: {
      message: shownText(message, masking),
      ...(isPlanned || error.stack === undefined ? {} : { stack: shownText(error.stack, masking) }),
    },
  };
}

function shownText(text: string, masking: Masking): string {
  return cut(masking.mask(text), ATTEMPT_LIMITS.errorCharacters);
}

/** A killed attempt is KILLED and an overdue one FAILED, whatever its code made of the interruption. */
function interruptedResult({ attempt, interruption }: Frame, error: unknown): JobResult | undefined {
  if (interruption.cause() === undefined) return undefined;
  if (interruption.cause() === "kill") return { state: "KILLED" };
  const failed = failure(error, attempt.masking);
  const message = `the task did not end within its timeout of ${attempt.task.timeout}`;
  return { ...failed, error: { message } };
}

function evaluationOf(
  attempt: Attempt,
  platform: AttemptPlatform,
  services: Services,
  folder: AttemptFolder,
): Evaluation {
  const { identity, variables, outputs, masking } = attempt;
  const host: FunctionHost = {
    namespace: identity.namespace,
    executionId: identity.executionId,
    services,
    files: executionFiles(platform.storage, identity, platform.localFiles),
    envs: (variables["envs"] ?? {}) as Record<string, string>,
    onSecret: (secret) => masking.add(secret),
  };
  const scope = scopeWithFolder({ tasks: outputs.tasks, ...variables, outputs }, folder, identity.taskRunId);
  const plain = createEvaluation(scope, host);
  const { outputFiles } = attempt.task.properties;
  return outputFiles === undefined ? plain : createEvaluation(scopeWithFiles(scope, outputFiles, plain.render), host);
}

function durationOf(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new TaskFailure(`the timeout "${text}" is no duration such as PT30S`);
  return milliseconds;
}

function unknownType({ type, writtenType }: Task): string {
  const name = writtenType === type ? `"${type}"` : `"${writtenType}" (${type})`;
  return `there is no task of type ${name} on this worker: check its spelling, or install the plugin that provides it`;
}

function maskedMetric(metric: Metric, masking: Masking): Metric {
  if (metric.tags === undefined) return metric;
  const tags = Object.entries(metric.tags).map(([name, value]) => [name, masking.mask(value)] as const);
  return { ...metric, tags: Object.fromEntries(tags) };
}

async function removeFolder({ folder, platform, attempt }: Frame, endedWell: boolean): Promise<void> {
  try {
    await folder.remove(endedWell);
  } catch (error) {
    const message = `the temporary folder of the task can't be removed: ${(error as Error).message}`;
    platform.host.log(attempt.key, attempt.task.id, [{ time: platform.now(), level: "WARN", message }]);
  }
}

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Masking } from "@capstan/engine";
import { scopeOf } from "@capstan/expression";
import { instantText, type JsonMap, type JsonValue, type Task } from "@capstan/model";
import {
  duration,
  dynamic,
  dynamicMap,
  isTruthy,
  resolveProperties,
  storeOutputFiles,
  TaskFailure,
  type TaskIdentity,
  text,
  writeInputFiles,
  writeNamespaceFiles,
} from "@capstan/sdk";
import { z } from "zod";
import type { FunctionHost } from "../../functions/function-host.ts";
import { failure, runAttempt } from "../attempt/attempt.ts";
import { createAttemptFolder } from "../attempt/attempt-folder.ts";
import { type AttemptLog, createAttemptLog } from "../attempt/attempt-log.ts";
import { createEvaluation } from "../evaluation.ts";
import { executionFiles } from "../execution-files.ts";
import { type GroupCache, groupCache } from "./group-cache.ts";
import { groupRetryDelay } from "./group-retry.ts";
import type { OutputsMap } from "../attempt/outputs-map.ts";
import type { AttemptPlatform } from "../platform.ts";
import type { GroupChildEnd, Job, JobResult } from "../worker.ts";

/** Hexadecimal: as many bits as a UUID has. */
const KEY_CHARACTERS = 32;

const groupProperties = z.object({
  inputFiles: dynamicMap().optional(),
  outputFiles: dynamic(z.array(text())).optional(),
  namespaceFiles: z
    .object({
      enabled: dynamic(z.boolean()).optional(),
      namespaces: dynamic(z.array(text())).optional(),
      include: dynamic(z.array(text())).optional(),
      exclude: dynamic(z.array(text())).optional(),
      ifExists: dynamic(z.enum(["OVERWRITE", "FAIL", "WARN", "IGNORE"])).optional(),
      folderPerNamespace: dynamic(z.boolean()).optional(),
    })
    .optional(),
  cache: z.object({ patterns: z.array(z.string()), ttl: duration().optional() }).optional(),
});
type GroupProperties = z.output<typeof groupProperties>;

export interface GroupJob {
  readonly job: Job;
  readonly children: readonly Task[];
  readonly outputs: OutputsMap;
  readonly masking: Masking;
  newId(): string;
}

/**
 * Runs the tasks of a WorkingDirectory one after the other in one folder; the first that fails stops the group. Each is
 * reported when it ended; the result is that of the WorkingDirectory itself. Never rejects.
 */
export async function runGroup(group: GroupJob, platform: AttemptPlatform, kill: AbortSignal): Promise<JobResult> {
  const { job, masking } = group;
  const options = { minimumLevel: job.task.logLevel, masking, now: platform.now };
  const log = createAttemptLog((lines) => platform.host.log(job.key, job.task.id, lines), options);
  const folder = createAttemptFolder(platform.folders);
  try {
    const files = executionFiles(platform.storage, job.identity, platform.localFiles);
    const { properties, cache } = await prepare(group, platform, log, await folder.path());
    const state = await runChildren(group, platform, kill, await folder.path());
    if (state === "KILLED") return { state };
    const outputFiles = await storeOutputFiles(await folder.path(), properties.outputFiles ?? [], files);
    await cache?.save(await folder.path());
    return properties.outputFiles === undefined ? { state } : { state, outputs: { outputFiles } };
  } catch (error) {
    return kill.aborted ? { state: "KILLED" } : failure(error, masking);
  } finally {
    log.end();
    await folder.remove(false);
  }
}

async function prepare(
  group: GroupJob,
  platform: AttemptPlatform,
  log: AttemptLog,
  folder: string,
): Promise<{ properties: GroupProperties; cache: GroupCache | undefined }> {
  const { job } = group;
  const { namespace, tenant } = job.identity;
  const services = platform.host.services(tenant);
  const files = executionFiles(platform.storage, job.identity, platform.localFiles);
  const evaluation = evaluationOf(group, platform, job.variables);
  const resolved = await evaluation.settled((renderer) =>
    resolveProperties(groupProperties, job.task.properties, renderer),
  );
  if ("error" in resolved) throw new TaskFailure(resolved.error);
  const { properties } = resolved;
  const cache =
    properties.cache === undefined
      ? undefined
      : groupCache(platform.storage, job.identity, properties.cache, platform.now);
  await cache?.restore(folder);
  if (properties.namespaceFiles !== undefined)
    await writeNamespaceFiles(folder, properties.namespaceFiles, { namespace, services, log });
  await writeInputFiles(folder, properties.inputFiles, files);
  return { properties, cache };
}

async function runChildren(
  group: GroupJob,
  platform: AttemptPlatform,
  kill: AbortSignal,
  folder: string,
): Promise<"SUCCESS" | "WARNING" | "FAILED" | "KILLED"> {
  const { job, outputs } = group;
  const path = loopValues(job);
  let warned = false;
  for (const child of group.children) {
    if (child.disabled) continue;
    const startedAt = platform.now();
    const taskRunId = group.newId();
    const result = await runChild(group, { child, taskRunId, startedAt, folder }, platform, kill);
    if (result.outputs !== undefined) outputs.add(child.id, path, result.outputs);
    platform.host.childEnded(job.key, { taskId: child.id, taskRunId, startedAt, ...result });
    if (result.state === "KILLED") return "KILLED";
    if (result.state === "FAILED" && !child.allowFailure) return "FAILED";
    warned ||= (result.state === "WARNING" || result.state === "FAILED") && !child.allowWarning;
  }
  return warned ? "WARNING" : "SUCCESS";
}

interface ChildRun {
  readonly child: Task;
  readonly taskRunId: string;
  readonly startedAt: number;
  readonly folder: string;
}

type ChildResult = Omit<GroupChildEnd, "taskId" | "startedAt">;

/** All attempts of one child; SKIPPED when its `runIf` does not hold. */
async function runChild(
  group: GroupJob,
  run: ChildRun,
  platform: AttemptPlatform,
  kill: AbortSignal,
): Promise<ChildResult> {
  const { job, masking, outputs } = group;
  const { child, taskRunId, startedAt, folder } = run;
  const failedAttempts: { startedAt: number; endedAt: number }[] = [];
  const unwanted = await refusal(group, run, platform);
  if (unwanted !== undefined) return unwanted;
  for (let made = 1; ; made += 1) {
    const began = made === 1 ? startedAt : platform.now();
    const keys = keysOfChild(job.identity, child, made);
    const identity: TaskIdentity = { ...job.identity, taskId: child.id, taskRunId, attempt: made, ...keys };
    const variables = childVariables(job, run, made);
    const attempt = { key: job.key, identity, task: child, variables, outputs, masking, folder };
    const result = await runAttempt(attempt, platform, kill);
    const ended = made === 1 ? result : { ...result, failedAttempts };
    if (result.state !== "FAILED")
      return made > 1 && result.state === "SUCCESS" && child.retry?.warningOnRetry === true
        ? { ...ended, state: "WARNING" }
        : ended;
    const now = platform.now();
    const delayMs = groupRetryDelay(child.retry, made, { firstStartedAt: startedAt, now });
    if (delayMs === undefined) return ended;
    failedAttempts.push({ startedAt: began, endedAt: now });
    platform.host.log(job.key, child.id, [retryLine(result, made, delayMs, now)]);
    try {
      await sleep(delayMs, undefined, { signal: kill });
    } catch {
      return { state: "KILLED", failedAttempts }; // Only the kill interrupts the wait.
    }
  }
}

/** Why a child does not run at all, if so. */
async function refusal(group: GroupJob, run: ChildRun, platform: AttemptPlatform): Promise<ChildResult | undefined> {
  if (run.child.runIf === undefined) return undefined;
  try {
    const condition = await evaluationOf(group, platform, childVariables(group.job, run, 1)).render(run.child.runIf);
    return isTruthy(condition) ? undefined : { state: "SKIPPED" };
  } catch (error) {
    return failure(error, group.masking);
  }
}

function retryLine({ error }: JobResult, made: number, delayMs: number, time: number) {
  const message = `Attempt ${made} failed and is tried again in ${delayMs} ms: ${error?.message ?? "no reason given"}`;
  return { time, level: "WARN" as const, message };
}

/** What the expressions of a child see: the roots of the group, its own task run, and the group's as `workerTaskrun`. */
function childVariables(
  { identity, variables }: Job,
  { child, taskRunId, startedAt }: ChildRun,
  made: number,
): JsonMap {
  const { value } = identity;
  const parents = (variables["parents"] ?? []) as readonly JsonValue[];
  const ancestors = value === undefined ? parents : [{ taskrun: { value } }, ...parents];
  return {
    ...variables,
    task: { id: child.id, type: child.writtenType },
    taskrun: {
      id: taskRunId,
      startDate: instantText(startedAt),
      attemptsCount: made - 1,
      parentId: identity.taskRunId,
      ...(value === undefined ? {} : { value }),
      ...keysOfChild(identity, child, made),
    },
    ...(variables["taskrun"] === undefined ? {} : { workerTaskrun: variables["taskrun"] }),
    ...(ancestors.length === 0 ? {} : { parent: ancestors[0]!, parents: ancestors }),
  };
}

type Keys = Pick<TaskIdentity, "idempotencyKey" | "attemptKey">;

/** A group that is given out again gives its children other ids, so that their keys follow from the group's. */
function keysOfChild({ idempotencyKey, attemptKey }: Keys, { id }: Task, made: number): Keys {
  const own = (key: string) => createHash("sha256").update(`${key}/${id}`).digest("hex").slice(0, KEY_CHARACTERS);
  return { idempotencyKey: own(idempotencyKey), attemptKey: `${own(attemptKey)}-${made}` };
}

/** Values of the loops around the group, outermost first: where outputs of its children are found. */
function loopValues({ identity, variables }: Job): readonly string[] {
  const parents = (variables["parents"] ?? []) as readonly { readonly taskrun?: Ancestor }[];
  const values = parents.map(({ taskrun }) => (taskrun?.ofSwitch === true ? undefined : taskrun?.value));
  return [identity.value, ...values].filter((value) => value !== undefined).toReversed();
}

interface Ancestor {
  readonly value?: string;
  /** What a Switch compares, not the value of a loop. */
  readonly ofSwitch?: boolean;
}

function evaluationOf({ job, outputs, masking }: GroupJob, platform: AttemptPlatform, variables: JsonMap) {
  const { namespace, executionId, tenant } = job.identity;
  const host: FunctionHost = {
    namespace,
    executionId,
    services: platform.host.services(tenant),
    files: executionFiles(platform.storage, job.identity, platform.localFiles),
    envs: (job.variables["envs"] ?? {}) as Record<string, string>,
    onSecret: (secret) => masking.add(secret),
  };
  return createEvaluation(scopeOf({ tasks: outputs.tasks, ...variables, outputs }), host);
}

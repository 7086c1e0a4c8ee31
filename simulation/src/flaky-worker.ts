import { ITEMS_TYPE, SPLIT_TYPE } from "@capstan/engine";
import type { Job, JobHost, JobResult, Worker } from "@capstan/runtime";
import type { Storage } from "@capstan/storage";
import { hashOf, type Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { WorldPlan } from "./world-plan.ts";

export interface FlakyWorkerParts {
  readonly host: JobHost;
  readonly storage: Storage;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly plan: WorldPlan;
  readonly owner: { readonly isAlive: boolean };
  submitted(job: Job): void;
  /** The first answer that counts; `line` is what the attempt logged before. */
  answered(job: Job, result: JobResult, line: string): void;
}

/** Longest time that work takes, in milliseconds. */
const WORK_MS_MAX = 4_000;

/** A worker whose work takes any time, and that answers late, twice, or after it was told to stop. */
export function createFlakyWorker(parts: FlakyWorkerParts): Worker {
  const running = new Map<string, Job>();
  const { timeline, random, owner } = parts;
  const isFlaky = parts.plan.isFlaky;
  const answer = (job: Job, result: JobResult) => {
    if (!running.has(job.key)) return;
    const line = `${job.key} says ${random.below(1_000_000_000)}`;
    // No whole millisecond, which the database refuses.
    const time = kindOf(parts.plan, job) === "UnstorableLine" ? timeline.now + 0.5 : timeline.now;
    parts.host.log(job.key, job.task.id, [{ time, level: "INFO", message: line }]);
    running.delete(job.key);
    parts.answered(job, result, line);
    parts.host.ended(job.key, result);
    // It says so again, at once or later.
    if (isFlaky && random.chance(0.2)) {
      timeline.after(random.below(2) * random.below(3_000), () => parts.host.ended(job.key, result), owner);
    }
  };
  const begin = (job: Job) => {
    if (!running.has(job.key)) return;
    if (!isFlaky || random.chance(0.9)) parts.host.started(job.key, timeline.now);
    if (kindOf(parts.plan, job) === "Hang") return;
    const workMs = random.chance(0.3) ? 0 : random.below(WORK_MS_MAX);
    timeline.after(workMs, () => void finish(job), owner);
  };
  const finish = async (job: Job) => {
    const result = await work(parts, job);
    answer(job, result);
  };
  return {
    capacity: 1,
    start: async () => undefined,
    stop: async () => running.clear(),
    submit: (job) => {
      running.set(job.key, job);
      parts.submitted(job);
      timeline.after(random.below(30), () => begin(job), owner);
    },
    kill: (key) => {
      const job = running.get(key);
      if (job === undefined) return;
      // Whether the end or the interruption comes first is a race.
      timeline.after(random.below(300), () => answer(job, { state: "KILLED" }), owner);
    },
    get runningCount() {
      return running.size;
    },
    // No plugin of a world has triggers.
    poll: async () => undefined,
    listen: async () => undefined,
    queuedCount: 0,
  };
}

async function work({ host, storage, plan, timeline }: FlakyWorkerParts, job: Job): Promise<JobResult> {
  const { identity, task } = job;
  if (task.type === SPLIT_TYPE) return { state: "SUCCESS", outputs: { splits: await split(storage, job) } };
  if (job.group !== undefined) {
    for (const child of job.group) {
      const startedAt = timeline.now;
      const state = outcomeOf(plan, job, child.id);
      host.childEnded(job.key, { taskId: child.id, startedAt, state });
      if (state === "FAILED") return { state };
    }
    return { state: "SUCCESS" };
  }
  const state = outcomeOf(plan, job, task.id);
  // No JSON says it.
  if (kindOf(plan, job) === "UnstorableOutput") return { state, outputs: { big: 1n as never } };
  const outputs = { attempt: identity.attempt };
  return state === "FAILED"
    ? { state, outputs, error: { message: "it was meant to fail" } }
    : { state, outputs: task.type === ITEMS_TYPE ? {} : outputs };
}

/** What kind of leaf a job is of. */
export function kindOf({ kinds }: WorldPlan, { identity, task }: Job): string | undefined {
  return kinds.get(`${identity.flowId}/${task.id}`);
}

/** From the names alone, so that it is the same in every run of the world; in some worlds, a later attempt does better. */
function outcomeOf(plan: WorldPlan, { identity }: Job, taskId: string): "SUCCESS" | "WARNING" | "FAILED" {
  const hash = hashOf(`${plan.failing}/${identity.flowId}/${taskId}/${identity.value ?? ""}`);
  if (hash % 100 < plan.failuresPercent) {
    return plan.isFlaky && hash % 2 === 0 && identity.attempt > 1 ? "SUCCESS" : "FAILED";
  }
  return hash % 13 === 0 ? "WARNING" : "SUCCESS";
}

async function split(storage: Storage, { identity }: Job): Promise<string> {
  const count = 1 + (hashOf(identity.taskId) % 3);
  const folder = `/company/team/${identity.flowId}/executions/${identity.executionId}/tasks/${identity.taskId}`;
  const lines = Array.from({ length: count }, (_, number) => `kestra://${folder}/batch-${number}\n`);
  return storage.put(identity.tenant, `${folder}/batches.txt`, lines.join(""));
}

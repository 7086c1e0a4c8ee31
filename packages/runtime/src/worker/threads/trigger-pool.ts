/**
 * Threads for triggers, apart from those of tasks: listeners stay aboard for ever, and a trigger that breaks its thread must not
 * cost a task its attempt. What a lost thread means is told in thread-worker.ts; a trigger starts again from its last position.
 */
import type { JobHost, JobResult, PollFinding, TriggerFinding, TriggerJob, Worker } from "../worker.ts";
import { Pool, type PoolOptions } from "./pool.ts";

/** Triggers aboard one thread; almost all of them wait for something. */
const TRIGGERS_PER_THREAD = 10_000;

/**
 * How long the triggers of a retiring thread may take, in milliseconds, before they start again elsewhere: what was given up and
 * goes on there ends with the thread, and listeners never leave it by themselves.
 */
const DRAIN_MS = 5_000;

export interface TriggerPool extends Pick<Worker, "poll" | "listen"> {
  stop(): Promise<void>;
}

interface Running {
  readonly job: TriggerJob;
  readonly ended: PromiseWithResolvers<JobResult>;
  emit(event: TriggerFinding): Promise<void>;
}

export function createTriggerPool(options: Omit<PoolOptions, "threads" | "concurrency" | "drainMs">): TriggerPool {
  const running = new Map<string, Running>();
  const host: JobHost = {
    started: () => undefined,
    childEnded: () => undefined,
    metrics: () => undefined,
    lookup: async () => undefined,
    services: (tenant) => options.host.services(tenant),
    triggerLog: (trigger, lines, settled) => options.host.triggerLog(trigger, lines, settled),
    log: (key, _triggerId, lines, settled) => {
      const trigger = running.get(key)?.job.identity;
      if (trigger === undefined) settled?.();
      else options.host.triggerLog(trigger, lines, settled);
    },
    ended: (key, result) => running.get(key)?.ended.resolve(result),
    event: async (key, event) => {
      const listener = running.get(key);
      if (listener === undefined) throw new Error("the trigger does not listen any more");
      await listener.emit(event);
      if (event.position !== undefined) listener.job.position = event.position;
    },
  };
  const pool = new Pool({ ...options, host, threads: 1, concurrency: TRIGGERS_PER_THREAD, drainMs: DRAIN_MS });

  /** Rejects with the reason when the trigger fails or is interrupted. */
  const run = async (job: TriggerJob, signal: AbortSignal, emit: Running["emit"]): Promise<PollFinding | undefined> => {
    signal.throwIfAborted();
    const ended = Promise.withResolvers<JobResult>();
    running.set(job.key, { job, ended, emit });
    const kill = () => pool.kill(job.key);
    signal.addEventListener("abort", kill, { once: true });
    pool.submit(job);
    try {
      const { state, outputs, error } = await ended.promise;
      if (state !== "SUCCESS") throw new Error(error?.message ?? "the trigger was interrupted");
      return outputs;
    } finally {
      signal.removeEventListener("abort", kill);
      running.delete(job.key);
    }
  };
  return {
    poll: (job, signal) => run(job, signal, () => Promise.reject(new Error("a polling trigger has no events"))),
    listen: async (job, emit, signal) => void (await run(job, signal, emit)),
    stop: async () => {
      await pool.stop(0);
      for (const { ended } of running.values()) ended.resolve({ state: "KILLED" });
    },
  };
}

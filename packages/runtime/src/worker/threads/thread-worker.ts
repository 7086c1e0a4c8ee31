/**
 * The worker of one process: threads that run plugin code. Triggers have a thread of their own, see trigger-pool.ts.
 *
 * Threads start with the first jobs and stay. A job waits in the queue, then is aboard a thread, then is over: `ended` was
 * called. A thread is open (takes jobs), retiring (lets its jobs end and is then ended) or gone.
 *
 * What goes wrong, and what becomes of the jobs aboard:
 * - An error that no task caught: the job it belongs to fails; the thread retires, because its state may be broken.
 * - A job goes on after a kill or a timeout and the grace period: it is over with that result; the thread retires.
 * - A thread does not even answer a kill: the killed job is over, the thread is ended, the other jobs start again elsewhere.
 * - The thread crashes (memory, a native error) or its heart stops: a job that was alone on it fails. Of several nobody knows
 *   which one it was: they start again, spread over a few threads of their own, until the culprit is alone when it happens.
 * - Jobs of a retiring thread that are not over after `DRAIN_MS` start again elsewhere, too.
 * A job starts again at most `RESTARTS_MAX` times; a group that has reported children does not, because a child must not be
 * reported twice. Then it fails. So an attempt is started at least once, and again only when its thread was lost.
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalFolders, NO_LOCAL_FOLDERS } from "@capstan/sdk";
import { type EgressRules, NO_EGRESS_RULES } from "../../egress/egress-policy.ts";
import type { TaskRunnerPolicy } from "../../runners/task-runners.ts";
import type { JobHost, Worker } from "../worker.ts";
import type { InstalledPlugin } from "../installed-plugin.ts";
import type { ProvidedModules } from "../provided-modules.ts";
import type { StorageConfiguration } from "./messages.ts";
import { Pool } from "./pool.ts";
import { createTriggerPool } from "./trigger-pool.ts";
import { createWorkerFolder, endLostCommands, removeLostFolders } from "./worker-folder.ts";

export interface ThreadWorkerOptions {
  /** Module specifiers or URLs, imported in each thread when it starts; others when one of their types is used. */
  readonly plugins: readonly (string | InstalledPlugin)[];
  /** For plugins that are not part of the installation; by default there are none. */
  readonly provided?: ProvidedModules | undefined;
  readonly storage: StorageConfiguration;
  readonly host: JobHost;
  readonly taskRunners?: TaskRunnerPolicy;
  readonly egress?: EgressRules;
  readonly threads?: number;
  /** Jobs that one thread runs at the same time; most of them wait for something. */
  readonly concurrency?: number;
  /** Where temporary folders are made. */
  readonly directory?: string;
  /** Folders of this machine that flows may use; none by default. */
  readonly localFolders?: LocalFolders;
  /** Size of a thread's heap above which it is ended, in megabytes. */
  readonly heapMb?: number;
  /** How long a killed or overdue job may take to end, in milliseconds. */
  readonly graceMs?: number;
  /** How long the event loop of a thread may stand still, in milliseconds. */
  readonly hangMs?: number;
}

/** Defaults of the options, for the configuration's documentation. */
export const THREAD_WORKER_DEFAULTS = Object.freeze({
  threads: 2,
  concurrency: 64,
  heapMb: 1_024,
  graceMs: 10_000,
  hangMs: 60_000,
});

/** How long the tasks of a retiring thread may take, in milliseconds, before they start again elsewhere. */
const DRAIN_MS = 60_000;
/** A start has better things to do than to remove folders of workers that were killed. */
const TIDY_AFTER_MS = 5_000;

export function createThreadWorker(options: ThreadWorkerOptions): Worker {
  const parent = options.directory ?? tmpdir();
  const directory = createWorkerFolder(parent);
  const settings = {
    ...THREAD_WORKER_DEFAULTS,
    taskRunners: { docker: "docker", default: "process" } as const,
    egress: NO_EGRESS_RULES,
    localFolders: NO_LOCAL_FOLDERS,
    provided: undefined,
    ...options,
  };
  const pool = new Pool({ ...settings, directory, drainMs: DRAIN_MS });
  const triggers = createTriggerPool({ ...settings, directory: join(directory, "triggers") });
  let tidying: NodeJS.Timeout | undefined;
  return {
    start: async () => {
      void endLostCommands(parent);
      tidying = setTimeout(() => void removeLostFolders(parent), TIDY_AFTER_MS).unref();
    },
    stop: async ({ graceMs }) => {
      clearTimeout(tidying);
      await Promise.all([pool.stop(graceMs), triggers.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
    submit: (job) => pool.submit(job),
    poll: triggers.poll,
    listen: triggers.listen,
    kill: (key) => pool.kill(key),
    get runningCount() {
      return pool.runningCount;
    },
    get queuedCount() {
      return pool.queuedCount;
    },
    capacity: settings.threads * settings.concurrency,
  };
}

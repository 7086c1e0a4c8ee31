/** Entry of a worker thread: loads the plugins, runs the jobs it is sent, and says how they ended. Started on its own, never imported. */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { createLocalFiles, TaskFailure, workerStop } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import { systemClock } from "../../clock.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { guardSockets, withOwnConnections } from "../../egress/guarded-sockets.ts";
import { createIds } from "../../ids.ts";
import { createProcessLauncher } from "../../runners/process/process-launcher.ts";
import { builtInRunners } from "../../runners/task-runners.ts";
import { createTaskFolders } from "../attempt/task-folders.ts";
import { runJob } from "../job.ts";
import { runTrigger } from "../trigger-attempt.ts";
import type { AttemptPlatform } from "../platform.ts";
import { importPlugins, typesOf } from "../installed-plugin.ts";
import { provideModules } from "../provided-modules.ts";
import { createPluginRegistry } from "../plugin-registry.ts";
import type { Job, TriggerJob } from "../worker.ts";
import { errorData } from "./error-data.ts";
import type { FromThread, StorageConfiguration, ThreadSettings, ToThread } from "./messages.ts";
import { createRemoteHost } from "./remote-host.ts";

/** How often the heart beats, in milliseconds; well below what the pool counts as a hang. */
const BEAT_MS = 250;
/** How long jobs that are cut short may take to clean up what runs elsewhere, in milliseconds. */
const CLEAN_UP_MS = 1_500;

const settings = workerData as ThreadSettings;
const port = parentPort!;
const post = (messages: readonly FromThread[], transfer: Transferable[]) => port.postMessage(messages, transfer);
const host = createRemoteHost(post);
const newId = createIds(systemClock);
const kills = new Map<string, AbortController>();
const runs = new Set<Promise<void>>();
/** Which job the code that runs now belongs to. */
const currentJob = new AsyncLocalStorage<string>();
const { directory } = settings;
const launcher = createProcessLauncher({ directory, pressure: () => host.pressure(), launched: () => host.hold() });

const guard = createEgressGuard(settings.egress);
if (guard !== undefined) guardSockets(guard);

const beats = new Int32Array(settings.heartbeat);
setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();

const platform = load().then(
  (loaded) => {
    host.send({ type: "ready" });
    return loaded;
  },
  (error: unknown) => {
    host.send({ type: "unable", message: errorData(error).message });
    return undefined;
  },
);

async function load(): Promise<AttemptPlatform> {
  if (settings.provided !== undefined) provideModules(settings.provided);
  const atOnce = settings.plugins.filter((plugin) => typeof plugin === "string");
  const later = settings.plugins.filter((plugin) => typeof plugin !== "string");
  const [plugins, storage] = await Promise.all([importPlugins(atOnce), openStorage(settings.storage)]);
  return {
    registry: createPluginRegistry([...typesOf([...plugins, ...later]), ...builtInRunners(() => launcher)]),
    storage,
    host,
    taskRunners: settings.taskRunners,
    directory,
    folders: createTaskFolders(directory),
    localFiles: createLocalFiles(settings.localFolders),
    graceMs: settings.graceMs,
    now: () => systemClock.now(),
    pressure: () => host.pressure(),
    abandoned: (key) => host.send({ type: "abandoned", key }),
  };
}

async function openStorage({ module, factory, options }: StorageConfiguration): Promise<Storage> {
  const exported = (await import(module)) as Record<string, (options: unknown) => Storage | Promise<Storage>>;
  const create = exported[factory];
  if (typeof create !== "function") throw new Error(`the module ${module} exports no function ${factory}`);
  const created = await create(options);
  const storage = guard === undefined ? created : withOwnConnections(created);
  await storage.start();
  return storage;
}

port.on("message", (messages: readonly ToThread[]) => {
  for (const message of messages) receive(message);
});

function receive(message: ToThread): void {
  if (host.receive(message)) return;
  if (message.type === "run") begin(message.job);
  else if (message.type === "kill") kills.get(message.key)?.abort();
  else if (message.type === "close") void close();
}

async function close(): Promise<void> {
  for (const kill of kills.values()) kill.abort(workerStop());
  const cleanedUp = Promise.race([Promise.all(runs), sleep(CLEAN_UP_MS, undefined, { ref: false })]);
  await Promise.all([launcher.close(), cleanedUp]);
  host.send({ type: "closed" });
  host.flush();
}

function begin(job: Job | TriggerJob): void {
  const running = run(job);
  runs.add(running);
  void running.finally(() => runs.delete(running));
}

async function run(job: Job | TriggerJob): Promise<void> {
  const kill = new AbortController();
  kills.set(job.key, kill);
  const loaded = await platform;
  if (loaded !== undefined) {
    host.started(job.key, systemClock.now());
    const result = await currentJob.run(job.key, () =>
      "trigger" in job ? runTrigger(job, loaded, kill.signal) : runJob(job, loaded, kill.signal, newId),
    );
    host.ended(job.key, result);
  }
  kills.delete(job.key);
}

/** The process is the server's: a task that ends it only ends itself. */
process.exit = (code) => {
  throw new TaskFailure(
    `the task called process.exit(${code ?? ""}), which would end the server: throw an error instead`,
  );
};

const uncaught = (error: unknown) => {
  const key = currentJob.getStore();
  host.send({ type: "uncaught", key, error: errorData(error) });
  host.flush();
  if (key !== undefined) kills.get(key)?.abort();
};
process.on("uncaughtException", uncaught);
process.on("unhandledRejection", uncaught);

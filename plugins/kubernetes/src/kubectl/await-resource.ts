import { setTimeout as sleep } from "node:timers/promises";
import { TaskFailure, formatDuration } from "@capstan/sdk";
import type { Cluster } from "../cluster/cluster.ts";
import type { Resource } from "./resource.ts";

const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 2_000;
/** For a server that can't be reached meanwhile. */
const PATIENCE_MS = 60_000;

export interface Waiting {
  readonly cluster: Cluster;
  readonly path: string;
  /** For messages. */
  readonly name: string;
  readonly maxMs: number;
  /** What the resource still waits for; nothing when all is well. Throws `TaskFailure` when it is in vain. */
  readonly missing: (resource: Resource) => string | undefined;
  readonly signal: AbortSignal;
}

/** Asks for a resource until it is as wanted; answers it. Throws `TaskFailure` that says what it still waited for when the time is over. */
export async function awaitResource(waiting: Waiting): Promise<Resource> {
  const { cluster, path, name, maxMs, missing, signal } = waiting;
  const deadline = Date.now() + maxMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    const resource = await cluster.ask<Resource>({ path, signal, patienceMs: PATIENCE_MS });
    const still = missing(resource);
    if (still === undefined) return resource;
    if (Date.now() >= deadline) throw new TaskFailure(`${name} is not ready after ${formatDuration(maxMs)}: ${still}`);
    await sleep(Math.min(pauseMs, Math.max(1, deadline - Date.now())), undefined, { signal });
  }
}

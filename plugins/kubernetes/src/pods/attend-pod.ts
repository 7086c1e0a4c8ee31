import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration, isWorkerStop, TaskFailure } from "@capstan/sdk";
import type { Cluster } from "../cluster/cluster.ts";
import { initContainerOf, type Pod } from "./pod.ts";
import { dismissCarrier, FILES_IN, handOut, takeIn } from "./pod-files.ts";
import { type PodLogs, podLogs } from "./pod-logs.ts";
import { type Asked, canResume, type OwnPod, type PodRun } from "./pod-run.ts";
import { disappearance, type PodState, stateOf } from "./pod-state.ts";
import { viewPod } from "./pod-watch.ts";
import { removePod } from "./pods.ts";

/** How a pod's program has ended. */
export interface PodEnd {
  readonly exitCode: number;
  readonly reason?: string;
  /** Its last state. */
  readonly pod: Pod;
}

/** After its end, for a log that is not told of it. */
const LOG_MS_MAX = 10_000;
const LOG_PAUSE_MS = 500;
/** After the grace period, for a pod that was told to end. */
const KILL_MS_MAX = 15_000;
/** The exit code of what was killed. */
const KILLED = 137;

/** Waits for the end of a pod's program, with its output, and brings its files in and out. Throws `TaskFailure` when the pod is lost. */
export async function attendPod(cluster: Cluster, { pod, isNew }: OwnPod, run: PodRun, asked: Asked): Promise<PodEnd> {
  const { signal, log } = asked;
  const attending = new AbortController();
  const interruption = onInterruption(cluster, pod, run, asked, attending);
  const limit = createLimit(attending, pod.metadata.name);
  using view = viewPod(cluster, pod);
  const output = followOutput(cluster, pod, run, asked, attending);
  let sent: ReadonlySet<string> = new Set();
  let obstacle: string | undefined;
  let isToTake = isNew && run.files?.takesIn === true;
  limit.set(run.waitUntilRunningMs, "start", () => obstacle);
  let last = pod;
  try {
    for await (const now of view.changes(attending.signal)) {
      last = now;
      const state = stateOf(now, run.mains);
      if (isToTake && initContainerOf(now, FILES_IN)?.state?.running !== undefined) {
        isToTake = false;
        sent = await takeIn(cluster, now, run.files!.folder, attending.signal);
      }
      if (state.kind === "pending") {
        if (state.obstacle !== undefined && state.obstacle !== obstacle)
          log.warn(`The pod ${pod.metadata.name} waits: ${state.obstacle}`);
        obstacle = state.obstacle;
        if (state.isHopeless) throw new TaskFailure(`the pod ${pod.metadata.name} can't run: ${state.obstacle}`);
        continue;
      }
      if (state.kind === "lost") throw lost(now, state.reason);
      if (state.kind === "ended") return await endedAs(state, now);
      output.begin();
      limit.set(run.waitUntilCompletionMs, "end", () => undefined);
    }
    if (signal.aborted) return { exitCode: KILLED, pod: last };
    throw lost(pod, disappearance(last));
  } catch (error) {
    if (attending.signal.aborted && !(error instanceof TaskFailure)) throw attending.signal.reason;
    throw error;
  } finally {
    limit.clear();
    interruption();
    attending.abort();
    await output.close();
  }

  async function endedAs(state: PodState & { readonly kind: "ended" }, now: Pod): Promise<PodEnd> {
    limit.clear();
    await output.finish();
    if (run.files?.handsOut === true && !signal.aborted) {
      const { folder, outputFolder } = run.files;
      await handOut(cluster, now, { folder, outputFolder, sent, log }, attending.signal);
      if (!run.delete) await dismissCarrier(cluster, now, attending.signal);
    }
    const { exitCode } = state;
    const isTold = now.metadata["deletionTimestamp"] !== undefined && exitCode !== 0;
    const reason = state.reason ?? (isTold ? disappearance(now) : undefined);
    return { exitCode, pod: now, ...(reason !== undefined && !signal.aborted && { reason }) };
  }
}

function lost({ metadata: { name } }: Pod, reason: string): TaskFailure {
  return new TaskFailure(`the pod ${name} was lost: ${reason}`);
}

/** On kill and timeout the pod is told to end, which is seen as any other end; when only the worker stops, it goes on. */
function onInterruption(cluster: Cluster, pod: Pod, run: PodRun, asked: Asked, attending: AbortController): () => void {
  const { graceSeconds } = run;
  const { signal } = asked;
  const interrupted = () => {
    if (canResume(run, asked) && isWorkerStop(signal)) return attending.abort(signal.reason);
    removePod(cluster, pod, graceSeconds, attending.signal)
      .then(() => sleep(graceSeconds * 1_000 + KILL_MS_MAX, undefined, { signal: attending.signal, ref: false }))
      .then(
        () => attending.abort(new TaskFailure(`the pod ${pod.metadata.name} does not end`)),
        (error: unknown) => attending.abort(error),
      );
  };
  signal.addEventListener("abort", interrupted, { once: true });
  if (signal.aborted) interrupted();
  return () => signal.removeEventListener("abort", interrupted);
}

/** A time until which something must have happened. */
function createLimit(attending: AbortController, name: string) {
  let timer: NodeJS.Timeout | undefined;
  let current: string | undefined;
  return {
    set: (ms: number, what: string, why: () => string | undefined) => {
      if (current === what) return;
      current = what;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const reason = why();
        const after = reason === undefined ? "" : `: ${reason}`;
        attending.abort(new TaskFailure(`the pod ${name} did not ${what} within ${formatDuration(ms)}${after}`));
      }, ms);
    },
    clear: () => clearTimeout(timer),
  };
}

/** The output of a pod's programs, which is read while they run. */
function followOutput(cluster: Cluster, pod: Pod, { mains }: PodRun, asked: Asked, attending: AbortController) {
  const logs = mains.map((name) => podLogs(cluster, pod, name, asked));
  const ended = new AbortController();
  /** Cuts a reading off that does not end. */
  const cut = new AbortController();
  let following: Promise<unknown> | undefined;
  const follow = async (log: PodLogs) => {
    const signal = AbortSignal.any([attending.signal, cut.signal]);
    // A reading ends with the container, or with a connection: the pod's state tells which.
    while (!ended.signal.aborted) {
      await log.follow(signal);
      await sleep(LOG_PAUSE_MS, undefined, { signal: AbortSignal.any([signal, ended.signal]) }).catch(() => undefined);
    }
  };
  return {
    begin: () => {
      following ??= Promise.all(logs.map(follow)).catch((error: unknown) => {
        if (!cut.signal.aborted && !attending.signal.aborted) attending.abort(error);
      });
    },
    /** Hands out all that was written. */
    finish: async () => {
      ended.abort();
      const timer = setTimeout(() => cut.abort(), LOG_MS_MAX);
      await following;
      clearTimeout(timer);
      for (const log of logs) await log.finish(attending.signal);
    },
    close: async () => {
      await following;
      for (const log of logs) await log.close();
    },
  };
}

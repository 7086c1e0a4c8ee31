import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isWorkerStop, TaskFailure } from "@capstan/sdk";
import type { Cluster } from "../cluster/cluster.ts";
import { CONFLICT, isRefusal } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { attendPod, type PodEnd } from "./attend-pod.ts";
import type { Pod } from "./pod.ts";
import { isGivenUp } from "./pod-files.ts";
import { keyDigest } from "./pod-name.ts";
import { type Asked, canResume, type OwnPod, type PodRun } from "./pod-run.ts";
import { OWN_LABEL, PODS } from "./pod-watch.ts";
import { findPod, removePod } from "./pods.ts";

/** Which asking has made it. */
const MADE_BY = "capstan.dev/made-by";
const GONE_LOOK_MS = 200;
const NEVER = new AbortController().signal;

/** Runs a pod to its end, and deletes it. Throws `TaskFailure` when it can't be run, or its output be had. */
export async function runPod(cluster: Cluster, run: PodRun, asked: Asked): Promise<PodEnd> {
  const own = await ownPod(cluster, run, asked);
  let isLeft = false;
  try {
    return await attendPod(cluster, own, run, asked);
  } catch (error) {
    isLeft = canResume(run, asked) && isWorkerStop(asked.signal);
    throw error;
  } finally {
    if (!isLeft && run.delete) await removed(cluster, own.pod, run.graceSeconds, asked);
  }
}

/** The pod that a lost worker has left, or a new one. There are never two: its name is that of its command. */
async function ownPod(cluster: Cluster, run: PodRun, asked: Asked): Promise<OwnPod> {
  const { signal, log } = asked;
  const { name } = run.metadata;
  const madeBy = randomBytes(8).toString("hex");
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...run.metadata,
      labels: { ...run.metadata.labels, [OWN_LABEL]: keyDigest(asked.owner.key) },
      annotations: { ...run.metadata.annotations, [MADE_BY]: madeBy },
    },
    spec: run.spec,
  };
  for (;;) {
    signal.throwIfAborted();
    try {
      // To its end, whatever happens: of one that is broken off nobody knows whether there is a pod.
      const made = await cluster.ask<Pod>({ method: "POST", path: pathOf(PODS, run.namespace), body, signal: NEVER });
      log.debug(`Pod ${name} is made in the namespace ${run.namespace}`);
      return { pod: made, isNew: true };
    } catch (error) {
      if (!isRefusal(error, CONFLICT)) throw error;
    }
    const left = await findPod(cluster, run.namespace, name, signal);
    if (left === undefined) continue;
    // The answer to one's own question may have been lost.
    if (left.metadata.annotations?.[MADE_BY] === madeBy) return { pod: left, isNew: true };
    if (left.metadata.labels?.[OWN_LABEL] !== keyDigest(asked.owner.key))
      throw new TaskFailure(`there is a pod ${name} already, which is not this task's: choose another name`);
    const isWanted = canResume(run, asked) && left.metadata["deletionTimestamp"] === undefined;
    if (isWanted && !(await isGivenUp(cluster, left, signal))) {
      log.info(`Attached to pod ${name} again, which its worker had left: its output follows from the beginning`);
      return { pod: left, isNew: false };
    }
    await removePod(cluster, left, 0, signal);
    while ((await findPod(cluster, run.namespace, name, signal)) !== undefined)
      await sleep(GONE_LOOK_MS, undefined, { signal });
  }
}

/** Whatever happens; when that fails, people must know. */
async function removed(cluster: Cluster, pod: Pod, graceSeconds: number, { log }: Asked): Promise<void> {
  try {
    await removePod(cluster, pod, graceSeconds, NEVER);
  } catch (error) {
    log.warn(`the pod ${pod.metadata.name} can't be deleted: ${(error as Error).message}`);
  }
}

import type { Cluster } from "../cluster/cluster.ts";
import { isRefusal, NOT_FOUND } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { watch } from "../cluster/watch.ts";
import type { Pod } from "./pod.ts";

export const PODS = { apiVersion: "v1", kind: "Pod", plural: "pods", isNamespaced: true };

/** Every pod that was made here has it: one watch sees them all, and no others. */
export const OWN_LABEL = "capstan.dev/key";

/** What is seen of one pod. */
export interface PodView {
  /** Each state since the last look, at least the last one; ends when the pod is gone. Throws when the cluster can't be watched. */
  changes(signal: AbortSignal): AsyncGenerator<Pod>;
  [Symbol.dispose](): void;
}

/** Who looks at a pod. */
interface Seat {
  pod: Pod;
  isGone: boolean;
  failure: unknown;
  wake: () => void;
}

/** The pods of a namespace that were made here, seen through one watch, however many they are. It ends with its last viewer. */
interface Space {
  readonly seats: Map<string, Seat>;
  readonly end: AbortController;
}

const spaces = new WeakMap<Cluster, Map<string, Space>>();

/** Looks at a pod that is there. */
export function viewPod(cluster: Cluster, pod: Pod): PodView {
  const namespace = pod.metadata.namespace!;
  const space = spaceOf(cluster, namespace);
  const uid = pod.metadata.uid!;
  const seat: Seat = { pod: slim(pod), isGone: false, failure: undefined, wake: () => undefined };
  space.seats.set(uid, seat);
  return {
    changes: (signal) => changesOf(seat, signal),
    [Symbol.dispose]: () => {
      space.seats.delete(uid);
      if (space.seats.size > 0) return;
      space.end.abort();
      if (spaces.get(cluster)?.get(namespace) === space) spaces.get(cluster)?.delete(namespace);
    },
  };
}

async function* changesOf(seat: Seat, signal: AbortSignal): AsyncGenerator<Pod> {
  let seen: Pod | undefined;
  for (;;) {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    seat.wake = resolve;
    if (seat.failure !== undefined) throw seat.failure;
    if (seat.pod !== seen) {
      seen = seat.pod;
      yield seen;
      continue;
    }
    if (seat.isGone) return;
    const aborted = () => resolve();
    signal.addEventListener("abort", aborted, { once: true });
    await promise;
    signal.removeEventListener("abort", aborted);
  }
}

function spaceOf(cluster: Cluster, namespace: string): Space {
  const ofCluster = spaces.get(cluster) ?? new Map<string, Space>();
  spaces.set(cluster, ofCluster);
  const there = ofCluster.get(namespace);
  if (there !== undefined) return there;
  const space: Space = { seats: new Map(), end: new AbortController() };
  ofCluster.set(namespace, space);
  follow(cluster, namespace, space).catch((failure: unknown) => {
    if (space.end.signal.aborted) return;
    ofCluster.delete(namespace);
    for (const seat of space.seats.values()) told(seat, { failure });
  });
  return space;
}

async function follow(cluster: Cluster, namespace: string, { seats, end }: Space): Promise<void> {
  const query = { labelSelector: OWN_LABEL };
  for await (const change of watch<Pod>(cluster, pathOf(PODS, namespace), query, end.signal)) {
    if (change.type === "LISTED") {
      const pods = new Map(change.items.map((pod) => [pod.metadata.uid!, pod]));
      for (const [uid, seat] of seats) {
        const pod = pods.get(uid);
        if (pod === undefined) await lookFor(cluster, namespace, seat, end.signal);
        else told(seat, { pod: slim(pod) });
      }
    } else {
      const seat = seats.get(change.item.metadata.uid!);
      if (seat !== undefined) told(seat, { pod: slim(change.item), isGone: change.type === "DELETED" });
    }
  }
}

/** One that no list has is gone, or younger than the list. */
async function lookFor(cluster: Cluster, namespace: string, seat: Seat, signal: AbortSignal): Promise<void> {
  try {
    const path = pathOf(PODS, namespace, seat.pod.metadata.name);
    const pod = await cluster.ask<Pod>({ path, signal });
    told(seat, pod.metadata.uid === seat.pod.metadata.uid ? { pod: slim(pod) } : { isGone: true });
  } catch (error) {
    if (!isRefusal(error, NOT_FOUND)) throw error;
    told(seat, { isGone: true });
  }
}

function told(seat: Seat, news: Partial<Seat>): void {
  Object.assign(seat, news);
  seat.wake();
}

/** Without the record of who wrote which field, which is longer than the rest. */
function slim(pod: Pod): Pod {
  const { managedFields: _managedFields, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}

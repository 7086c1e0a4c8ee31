import type { Cluster } from "../cluster/cluster.ts";
import { CONFLICT, isRefusal, NOT_FOUND } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import type { Pod } from "./pod.ts";
import { PODS } from "./pod-watch.ts";

/** The pod of that name; undefined when it is not there. */
export async function findPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  try {
    return await cluster.ask<Pod>({ path: pathOf(PODS, namespace, name), signal });
  } catch (error) {
    if (isRefusal(error, NOT_FOUND)) return undefined;
    throw error;
  }
}

/** Deletes that very pod; whether it is there or not. */
export async function removePod(
  cluster: Cluster,
  { metadata: { namespace, name, uid } }: Pod,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: graceSeconds, preconditions: { uid } };
    await cluster.ask({ method: "DELETE", path: pathOf(PODS, namespace, name), body, signal });
  } catch (error) {
    // Another of that name is not this one.
    if (!isRefusal(error, NOT_FOUND) && !isRefusal(error, CONFLICT)) throw error;
  }
}

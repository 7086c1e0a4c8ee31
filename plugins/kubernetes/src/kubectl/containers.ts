import type { Cluster } from "../cluster/cluster.ts";
import type { Pod } from "../pods/pod.ts";

/** The container that is meant where none is named: as for kubectl, the one that the pod's annotation names, or the first. */
export async function firstContainer(cluster: Cluster, path: string, signal: AbortSignal): Promise<string> {
  const { metadata, spec } = await cluster.ask<Pod>({ path, signal });
  return metadata.annotations?.["kubectl.kubernetes.io/default-container"] ?? spec.containers[0]!.name;
}

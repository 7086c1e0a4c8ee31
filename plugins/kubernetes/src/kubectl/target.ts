import { type Cluster } from "../cluster/cluster.ts";
import { clusterOf } from "../cluster/clusters.ts";
import type { Connection } from "../cluster/connection.ts";
import { findKind, type KindQuery, type ResourceKind } from "../cluster/resource-kinds.ts";

interface ClusterChoice {
  readonly connection?: Connection | undefined;
  readonly inheritClusterConfig: boolean;
  readonly namespace?: string | undefined;
}

/** Where a task works. */
export interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
}

/** Throws `TaskFailure` where there is no cluster. */
export async function placeOf({ connection, inheritClusterConfig, namespace }: ClusterChoice): Promise<Place> {
  const cluster = await clusterOf(inheritClusterConfig ? undefined : connection);
  return { cluster, namespace: namespace ?? cluster.namespace };
}

export interface Target extends Place {
  readonly kind: ResourceKind;
}

/** Where a task works, and the kind it is about. Throws `TaskFailure` where there is no such cluster or kind. */
export async function targetOf(properties: ClusterChoice & KindQuery, signal: AbortSignal): Promise<Target> {
  const place = await placeOf(properties);
  return { ...place, kind: await findKind(place.cluster, properties, signal) };
}

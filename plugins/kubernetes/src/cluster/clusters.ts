import { createHash } from "node:crypto";
import { type Cluster, connectCluster } from "./cluster.ts";
import { type Connection, findAccess } from "./connection.ts";

/** Clusters that were asked, by what describes them: thousands of tasks share connections, watches and one pace. */
const known = new Map<string, Promise<Cluster>>();
/** Old ones make room for new ones: connections may be made of expressions. */
const KNOWN_MAX = 100;

/** The cluster of a connection; the worker's own where there is none. Throws `TaskFailure` where it can't be found. */
export function clusterOf(connection: Connection | undefined): Promise<Cluster> {
  const key = createHash("sha256")
    .update(JSON.stringify([connection, connection === undefined ? process.env["KUBECONFIG"] : undefined]))
    .digest("base64");
  const there = known.get(key);
  if (there !== undefined) return there;
  const cluster = connectCluster(() => findAccess(connection));
  known.set(key, cluster);
  cluster.catch(() => known.delete(key));
  const [oldest] = known.keys();
  if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
  return cluster;
}

import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** What the cluster runs from: everything that `up` makes, and `down` removes. */
export const STATE = process.env["CAPSTAN_CLUSTER_STATE"] ?? join(tmpdir(), "capstan-cluster");

/** Programs that take minutes to build, for every checkout of this machine. */
export const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "capstan");

/** Where the API is served on this machine, whose processes are outside of the cluster's network. */
export const API_PORT = Number(process.env["CAPSTAN_CLUSTER_PORT"] ?? 16_443);

/** Leads the names of network namespaces and control groups. */
export const PREFIX = "capstan-cluster";

export const ADMIN = join(STATE, "kubeconfig");

/** Of the network in which nodes and control plane see each other; nothing leads out of it. */
export const addresses = {
  api: "10.90.0.1",
  ofNode: (node: number) => `10.90.0.${node}`,
  podsOfNode: (node: number) => `10.244.${node}.0/24`,
  pods: "10.244.0.0/16",
  services: "10.96.0.0/16",
  kubernetesService: "10.96.0.1",
};

export function nodeName(node: number): string {
  return `node-${node}`;
}

export function namespaceOf(node: number): string {
  return `${PREFIX}-${node}`;
}

import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inPki, makeCertificate, writeKubeconfig } from "./certificates.ts";
import { clientConfig, kubectlInside } from "./control-plane.ts";
import { makeNetwork, removeNetwork } from "./network.ts";
import { addresses, namespaceOf, nodeName, STATE } from "./place.ts";
import { inNode, run, start, stop, waitFor } from "./processes.ts";

/** What holds the network of a pod. */
export const SANDBOX_IMAGE = "registry.local/small:dev";
const CONTROL_GROUPS = "/sys/fs/cgroup";

const folderOf = (node: number) => join(STATE, `node-${node}`);
const socketOf = (node: number) => join(folderOf(node), "containerd.sock");

/** Numbers of the nodes that were made. */
export function nodes(): readonly number[] {
  if (!existsSync(STATE)) return [];
  return readdirSync(STATE).flatMap((name) => (/^node-(\d+)$/.exec(name) ? [Number(name.slice("node-".length))] : []));
}

/** Starts a node, and answers when it takes pods. */
export async function startNode(node: number, kubernetes: string, images: readonly string[]): Promise<void> {
  const others = nodes();
  const folder = folderOf(node);
  for (const name of ["kubelet", "network", "addresses"]) await mkdir(join(folder, name), { recursive: true });
  if (node !== 1) await makeNetwork(node, others);
  await writeFile(join(folder, "network/10-pods.conflist"), podNetwork(node));
  await writeFile(join(folder, "containerd.toml"), containerdConfig(folder));
  await start(`containerd-${node}`, inNode(node, "containerd", "--config", join(folder, "containerd.toml")));
  await waitFor(`containerd of node ${node}`, 30, () => run("ctr", "--address", socketOf(node), "version"));
  for (const image of images) await loadImage(node, image);
  await makeControlGroups(node);
  await startKubelet(node, kubernetes);
  await writeFile(join(folder, "proxy.json"), proxyConfig(node));
  await start(`kube-proxy-${node}`, inNode(node, kubernetes, "kube-proxy", `--config=${join(folder, "proxy.json")}`));
  const ready = ["get", "node", nodeName(node), "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
  await waitFor(`node ${node}`, 90, async () => (await kubectlInside(kubernetes, ...ready)) === "True");
}

async function startKubelet(node: number, kubernetes: string): Promise<void> {
  const folder = folderOf(node);
  const user = `kubelet-${node}`;
  const names = [`IP:${addresses.ofNode(node)}`, `DNS:${nodeName(node)}`];
  await makeCertificate(user, `/O=system:nodes/CN=system:node:${nodeName(node)}`, names);
  await writeKubeconfig(clientConfig(user), user);
  await writeFile(join(folder, "kubelet.json"), kubeletConfig(node));
  const flags = [
    `--config=${join(folder, "kubelet.json")}`,
    `--kubeconfig=${clientConfig(user)}`,
    `--root-dir=${join(folder, "kubelet")}`,
    `--cert-dir=${folder}`,
    `--hostname-override=${nodeName(node)}`,
    `--node-ip=${addresses.ofNode(node)}`,
  ];
  await start(user, inNode(node, kubernetes, "kubelet", ...flags));
}

export async function loadImage(node: number, archive: string): Promise<void> {
  await run("ctr", "--address", socketOf(node), "--namespace", "k8s.io", "images", "import", archive);
}

/** Ends a node at once, as a loss of power does. */
export async function stopNode(node: number): Promise<void> {
  await stop([`kubelet-${node}`, `kube-proxy-${node}`]);
  const ctr = (...words: string[]) => run("ctr", "--address", socketOf(node), "--namespace", "k8s.io", ...words);
  const list = async (kind: string) => (await ctr(kind, "list", "-q").catch(() => "")).split("\n").filter(Boolean);
  // The processes of containers outlive containerd.
  for (const task of await list("tasks")) await ctr("tasks", "kill", "--signal", "KILL", "--all", task).catch(() => "");
  for (const id of await list("containers")) {
    await ctr("tasks", "delete", "--force", id).catch(() => "");
    await ctr("containers", "delete", id).catch(() => "");
  }
  await stop([`containerd-${node}`]);
}

/** Removes what a stopped node has left in the kernel. */
export async function clearNode(node: number): Promise<void> {
  for (const parent of hierarchies()) {
    const groups = await run("find", join(parent, namespaceOf(node)), "-depth", "-type", "d").catch(() => "");
    for (const group of groups.split("\n").filter(Boolean)) await rmdir(group).catch(() => undefined);
  }
  await removeNetwork(node);
}

/** A group of each kubelet's own, since each removes pods that it doesn't know from its group. */
async function makeControlGroups(node: number): Promise<void> {
  for (const parent of hierarchies()) {
    const group = join(parent, namespaceOf(node));
    await mkdir(group, { recursive: true });
    for (const name of ["cpuset.cpus", "cpuset.mems"])
      if (existsSync(join(group, name))) await writeFile(join(group, name), await readFile(join(parent, name)));
  }
}

/** One of each controller before version 2 of control groups, one for all since. */
function hierarchies(): readonly string[] {
  if (existsSync(join(CONTROL_GROUPS, "cgroup.controllers"))) return [CONTROL_GROUPS];
  return readdirSync(CONTROL_GROUPS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(CONTROL_GROUPS, entry.name));
}

function podNetwork(node: number): string {
  const bridge = {
    type: "bridge",
    bridge: "pods",
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(folderOf(node), "addresses"),
      ranges: [[{ subnet: addresses.podsOfNode(node) }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  const ports = { type: "portmap", capabilities: { portMappings: true } };
  return JSON.stringify({ cniVersion: "0.4.0", name: "pods", plugins: [bridge, ports] });
}

/**
 * A container may not be given a better place in the queue of those that are killed for memory, which takes rights that a machine of
 * tests lacks. Namespaces of pods lie below the state, so that they are unmounted with it.
 */
function containerdConfig(folder: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${SANDBOX_IMAGE}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/network"
`;
}

function kubeletConfig(node: number): string {
  return JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${socketOf(node)}`,
    failCgroupV1: false,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: inPki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: inPki(`kubelet-${node}.crt`),
    tlsPrivateKeyFile: inPki(`kubelet-${node}.key`),
    address: addresses.ofNode(node),
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${namespaceOf(node)}`,
    enforceNodeAllocatable: ["pods"],
    failSwapOn: false,
    oomScoreAdj: 0,
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "200Mi", "nodefs.available": "1%" },
    clusterDomain: "cluster.local",
    clusterDNS: ["10.96.0.10"],
    resolvConf: join(STATE, "resolv.conf"),
    syncFrequency: "10s",
    // Small, so that tests see logs change their file.
    containerLogMaxSize: "2Mi",
    containerLogMaxFiles: 3,
    containerLogMonitorInterval: "3s",
  });
}

function proxyConfig(node: number): string {
  return JSON.stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: clientConfig("proxy") },
    mode: "iptables",
    clusterCIDR: addresses.pods,
    hostnameOverride: nodeName(node),
    oomScoreAdj: 0,
    // What they would set is not theirs to set in a namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}

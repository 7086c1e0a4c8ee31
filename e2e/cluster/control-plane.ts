import { inPki, makeAuthority, makeCertificate, writeKubeconfig } from "./certificates.ts";
import { makeNetwork } from "./network.ts";
import { ADMIN, addresses, API_PORT, STATE } from "./place.ts";
import { inNode, run, start, stop, waitFor } from "./processes.ts";

/** Where the API is reached from the network of the machine: a file is the only door between the two. */
const DOOR = `${STATE}/api.sock`;
const ETCD = "http://127.0.0.1:2379";

const CLIENTS = {
  admin: "/O=system:masters/CN=admin",
  controllers: "/CN=system:kube-controller-manager",
  scheduler: "/CN=system:kube-scheduler",
  proxy: "/CN=system:kube-proxy",
};

/** Starts everything but the nodes, in the network of the first. */
export async function startControlPlane(kubernetes: string): Promise<void> {
  await makeNetwork(1, []);
  await makeAuthority();
  const names = [addresses.api, "127.0.0.1", addresses.kubernetesService].map((address) => `IP:${address}`);
  await makeCertificate("api", "/CN=kube-apiserver", [...names, "DNS:localhost", "DNS:kubernetes.default.svc"]);
  await makeCertificate("api-to-kubelet", "/O=system:masters/CN=api-to-kubelet");
  for (const [client, subject] of Object.entries(CLIENTS)) {
    await makeCertificate(client, subject);
    await writeKubeconfig(clientConfig(client), client);
  }
  await writeKubeconfig(ADMIN, "admin", `https://127.0.0.1:${API_PORT}`);
  await startStore(kubernetes);
  await startApi(kubernetes);
  await startControllers(kubernetes);
  await start("api-inside", inNode(1, "socat", `UNIX-LISTEN:${DOOR},fork`, `TCP:${addresses.api}:6443,nodelay`));
  const listen = `TCP-LISTEN:${API_PORT},bind=127.0.0.1,fork,reuseaddr,backlog=1024,nodelay`;
  await start("api-outside", ["socat", listen, `UNIX-CONNECT:${DOOR}`]);
}

export const clientConfig = (client: string) => `${STATE}/${client}.kubeconfig`;

async function startStore(kubernetes: string): Promise<void> {
  const flags = {
    "data-dir": `${STATE}/etcd`,
    "unsafe-no-fsync": "true",
    "listen-client-urls": ETCD,
    "advertise-client-urls": ETCD,
    "listen-peer-urls": "http://127.0.0.1:2380",
  };
  await start("etcd", inNode(1, kubernetes, "etcd", ...written(flags)));
}

async function startApi(kubernetes: string): Promise<void> {
  const flags = {
    "etcd-servers": ETCD,
    "advertise-address": addresses.api,
    "secure-port": "6443",
    "tls-cert-file": inPki("api.crt"),
    "tls-private-key-file": inPki("api.key"),
    "client-ca-file": inPki("ca.crt"),
    "service-account-key-file": inPki("accounts.pub"),
    "service-account-signing-key-file": inPki("accounts.key"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "kubelet-client-certificate": inPki("api-to-kubelet.crt"),
    "kubelet-client-key": inPki("api-to-kubelet.key"),
    "kubelet-certificate-authority": inPki("ca.crt"),
    "kubelet-preferred-address-types": "InternalIP",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": "true",
    "service-cluster-ip-range": addresses.services,
  };
  await start("kube-apiserver", inNode(1, kubernetes, "kube-apiserver", ...written(flags)));
  await waitFor("the API server", 60, () => kubectlInside(kubernetes, "get", "--raw", "/readyz"));
}

/** Ends the API server and starts it again, as an update of it does. */
export async function restartApi(kubernetes: string): Promise<void> {
  await stop(["kube-apiserver"]);
  await startApi(kubernetes);
}

async function startControllers(kubernetes: string): Promise<void> {
  const controllers = {
    kubeconfig: clientConfig("controllers"),
    "authentication-kubeconfig": clientConfig("controllers"),
    "authorization-kubeconfig": clientConfig("controllers"),
    "use-service-account-credentials": "true",
    "service-account-private-key-file": inPki("accounts.key"),
    "root-ca-file": inPki("ca.crt"),
    "cluster-signing-cert-file": inPki("ca.crt"),
    "cluster-signing-key-file": inPki("ca.key"),
    "leader-elect": "false",
  };
  await start("controllers", inNode(1, kubernetes, "kube-controller-manager", ...written(controllers)));
  const scheduler = { kubeconfig: clientConfig("scheduler"), "leader-elect": "false" };
  await start("scheduler", inNode(1, kubernetes, "kube-scheduler", ...written(scheduler)));
}

/** Runs kubectl in the network of the cluster, whether the door is open or not. */
export function kubectlInside(kubernetes: string, ...words: readonly string[]): Promise<string> {
  return run(...inNode(1, kubernetes, "kubectl", "--kubeconfig", clientConfig("admin"), ...words));
}

function written(flags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

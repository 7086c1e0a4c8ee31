import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { TaskFailure } from "@capstan/sdk";
import type { ClusterAccess } from "./access.ts";
import { accessOf, mergedKubeconfig, parseKubeconfig } from "./kubeconfig.ts";

/** Where a pod finds the account that it runs as. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The access of the worker itself, as kubectl finds it: the files that `KUBECONFIG` names, `~/.kube/config`, or the service account of
 * the pod it runs in. Throws `TaskFailure` where there is none.
 */
export async function ownAccess(environment: NodeJS.ProcessEnv = process.env): Promise<ClusterAccess> {
  const named = environment["KUBECONFIG"]?.split(delimiter).filter(Boolean) ?? [];
  const paths = named.length > 0 ? named : [join(homedir(), ".kube/config")];
  const found = paths.filter((path) => existsSync(path));
  if (found.length > 0) {
    const configs = await Promise.all(
      found.map(async (path) => parseKubeconfig(await readFile(path, "utf8"), { path, isTrusted: true })),
    );
    return accessOf(mergedKubeconfig(configs));
  }
  const inside = await accountAccess(environment);
  if (inside !== undefined) return inside;
  throw new TaskFailure(
    `there is no Kubernetes cluster to ask: the worker has no kubeconfig (${paths.join(", ")}) and runs in no pod; ` +
      "give it one by KUBECONFIG, or name a cluster in the task's `connection` (`config` of a task runner)",
  );
}

async function accountAccess(environment: NodeJS.ProcessEnv): Promise<ClusterAccess | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  const tokenFile = join(ACCOUNT, "token");
  if (host === undefined || !existsSync(tokenFile)) return undefined;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: await readFile(join(ACCOUNT, "namespace"), "utf8").catch(() => undefined),
    tls: { ca: await readFile(join(ACCOUNT, "ca.crt"), "utf8") },
    headers: tokenFileHeaders(tokenFile),
  };
}

/** Tokens of service accounts are replaced in their file, within the hour. */
export function tokenFileHeaders(path: string): ClusterAccess["headers"] {
  return async () => ({ authorization: `Bearer ${(await readFile(path, "utf8")).trim()}` });
}

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { clusterOf } from "../cluster/clusters.ts";
import { exec } from "../cluster/exec.ts";
import type { Resource } from "../kubectl/resource.ts";

/** What the tests' containers are made of: BusyBox. Another cluster may have it under another name. */
export const IMAGE = process.env["CAPSTAN_TEST_IMAGE"] ?? "registry.local/small:dev";

export const NEVER = new AbortController().signal;
const LOOK_MS = 50;

/** A namespace of the test's own on the cluster of the tests, which KUBECONFIG names. */
export interface TestNamespace extends AsyncDisposable {
  readonly name: string;
  readonly cluster: Cluster;
  /** A resource by the end of its path: `pods/a`, `apps/deployments/web`; undefined when it is not there. */
  find(place: string): Promise<Resource | undefined>;
  pods(): Promise<readonly Resource[]>;
  /** Runs a program in a container. */
  exec(pod: string, container: string, command: readonly string[]): Promise<void>;
  /** Deletes it at once. */
  remove(place: string): Promise<void>;
}

export async function testNamespace(): Promise<TestNamespace> {
  const cluster = await clusterOf(undefined);
  const name = `capstan-test-${randomBytes(4).toString("hex")}`;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  await cluster.ask({ method: "POST", path: "/api/v1/namespaces", body, signal: NEVER });
  const pathOf = (place: string) => {
    const [group, ...rest] = place.split("/");
    return rest.length < 2
      ? `/api/v1/namespaces/${name}/${place}`
      : `/apis/${group}/v1/namespaces/${name}/${rest.join("/")}`;
  };
  const find = (place: string) => cluster.ask<Resource>({ path: pathOf(place), signal: NEVER }).catch(() => undefined);
  // Pods are refused before their account is there.
  while ((await find("serviceaccounts/default")) === undefined) await sleep(LOOK_MS);
  return {
    name,
    cluster,
    find,
    exec: (pod, container, command) =>
      exec(cluster, { path: `${pathOf(`pods/${pod}`)}/exec`, container, command, signal: NEVER }),
    remove: async (place) => {
      const query = { gracePeriodSeconds: 0 };
      await cluster.ask({ method: "DELETE", path: pathOf(place), query, signal: NEVER });
    },
    pods: async () =>
      (await cluster.ask<{ items: Resource[] }>({ path: `/api/v1/namespaces/${name}/pods`, signal: NEVER })).items,
    [Symbol.asyncDispose]: async () => {
      const query = { gracePeriodSeconds: 0 };
      await cluster.ask({ method: "DELETE", path: `/api/v1/namespaces/${name}/pods`, query, signal: NEVER });
      await cluster.ask({ method: "DELETE", path: `/api/v1/namespaces/${name}`, signal: NEVER });
    },
  };
}

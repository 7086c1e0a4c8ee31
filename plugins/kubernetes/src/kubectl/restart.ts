import { defineTask, duration, dynamic, listOrText } from "@capstan/sdk";
import { z } from "zod";
import { pathOf } from "../cluster/resource-kinds.ts";
import { FIELD_MANAGER } from "./apply.ts";
import { awaitResource } from "./await-resource.ts";
import { clusterProperties, podOnlyProperties } from "./cluster-properties.ts";
import { unreadiness } from "./readiness.ts";
import type { Resource } from "./resource.ts";
import { placeOf } from "./target.ts";

/** What `kubectl rollout restart` sets. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/** Replaces the pods of workloads, one after the other. */
export const restart = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Restart",
  title: "Restart deployments",
  description: "Replaces the pods of workloads as their strategy says, as `kubectl rollout restart` does.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...podOnlyProperties(),
      resourceType: dynamic(z.enum(["Deployment", "StatefulSet", "DaemonSet"])).describe("The kind."),
      resourcesNames: listOrText().describe("Names of the workloads."),
      waitUntilReady: duration()
        .default(0)
        .describe("How long to wait until all pods are replaced and ready. PT0S, which is the default, does not wait."),
    }),
  examples: [
    {
      title: "Restart a deployment, and wait until it is done",
      code: 'id: restart\ntype: io.kestra.plugin.kubernetes.kubectl.Restart\nnamespace: shop\nresourceType: Deployment\nresourcesNames: ["web"]\nwaitUntilReady: PT5M\n',
    },
  ],
  async run({ properties, signal, log, now }) {
    const { cluster, namespace } = await placeOf(properties);
    const { resourceType: kind, resourcesNames, waitUntilReady } = properties;
    const plural = `${kind.toLowerCase()}s`;
    const served = { apiVersion: "apps/v1", kind, plural, isNamespaced: true };
    const annotations = { [RESTARTED_AT]: new Date(now()).toISOString() };
    const paths = resourcesNames.map((name) => ({
      name: `${kind.toLowerCase()}/${name}`,
      path: pathOf(served, namespace, name),
    }));
    for (const { name, path } of paths) {
      await cluster.ask<Resource>({
        method: "PATCH",
        path,
        query: { fieldManager: FIELD_MANAGER },
        body: { spec: { template: { metadata: { annotations } } } },
        contentType: "application/strategic-merge-patch+json",
        signal,
      });
      log.info(`Restarted ${name}`);
    }
    if (waitUntilReady === 0) return {};
    const deadline = Date.now() + waitUntilReady;
    for (const { name, path } of paths) {
      const maxMs = Math.max(0, deadline - Date.now());
      await awaitResource({ cluster, path, name, maxMs, missing: (one) => unreadiness({ ...one, kind }), signal });
      log.info(`${name} is ready`);
    }
    return {};
  },
});

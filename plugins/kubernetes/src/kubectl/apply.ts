import { defineTask, duration, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { kindOfManifest, pathOf } from "../cluster/resource-kinds.ts";
import { awaitResource } from "./await-resource.ts";
import { clusterProperties, metadataOutput, podOnlyProperties } from "./cluster-properties.ts";
import { type Manifest, parseManifests } from "./manifests.ts";
import { hopelessness, unreadiness } from "./readiness.ts";
import { type Resource, resourceName, shownMetadata } from "./resource.ts";
import { type Place, placeOf } from "./target.ts";

/** Under whose name the fields are kept that a task has set. */
export const FIELD_MANAGER = "capstan";

/** Creates resources, or changes them to what the manifests say. */
export const apply = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Apply",
  title: "Apply manifests to a cluster",
  description:
    "Creates the resources, or changes those that are there, as `kubectl apply --server-side --force-conflicts` does: fields that the manifests name are theirs, others are left alone. Resources with `generateName` are created each time.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...podOnlyProperties(),
      spec: text().describe("Manifests as YAML or JSON, any number of documents; lists are applied item by item."),
      waitUntilReady: duration()
        .default(0)
        .describe(
          "How long to wait until all of them are ready: pods ready, replicas up to date and available, jobs complete, or the condition Ready of other kinds. PT0S, which is the default, does not wait.",
        ),
    }),
  outputs: () =>
    z.object({ metadata: z.array(metadataOutput()).describe("Metadata of the resources, in their order.") }),
  examples: [
    {
      title: "A deployment, and wait until it serves",
      code: "id: deploy\ntype: io.kestra.plugin.kubernetes.kubectl.Apply\nnamespace: shop\nwaitUntilReady: PT5M\nspec: |\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\n  spec:\n    replicas: 2\n    selector:\n      matchLabels: {app: web}\n    template:\n      metadata:\n        labels: {app: web}\n      spec:\n        containers:\n          - name: web\n            image: nginx:1.29\n",
    },
  ],
  async run({ properties, signal, log }) {
    const place = await placeOf(properties);
    const manifests = parseManifests(properties.spec);
    const applied: { readonly resource: Resource; readonly path: string }[] = [];
    for (const manifest of manifests) {
      const one = await applyOne(place, manifest, signal);
      log.info(`Applied ${resourceName(one.resource)}`);
      applied.push(one);
    }
    if (properties.waitUntilReady > 0) {
      const deadline = Date.now() + properties.waitUntilReady;
      for (const { resource, path } of applied) {
        const name = resourceName(resource);
        const maxMs = Math.max(0, deadline - Date.now());
        await awaitResource({
          cluster: place.cluster,
          path,
          name,
          maxMs,
          missing: (now) => unready(name, now),
          signal,
        });
        log.info(`${name} is ready`);
      }
    }
    return { metadata: applied.map(({ resource }) => shownMetadata(resource)) };
  },
});

async function applyOne(
  { cluster, namespace }: Place,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<{ readonly resource: Resource; readonly path: string }> {
  const kind = await kindOfManifest(cluster, manifest);
  const home = manifest.metadata.namespace ?? namespace;
  const { name } = manifest.metadata;
  const { kind: kindName, apiVersion } = manifest;
  const query = { fieldManager: FIELD_MANAGER };
  const resource =
    name === undefined
      ? await cluster.ask<Resource>({ method: "POST", path: pathOf(kind, home), query, body: manifest, signal })
      : await cluster.ask<Resource>({
          method: "PATCH",
          path: pathOf(kind, home, name),
          query: { ...query, force: true },
          body: manifest,
          contentType: "application/apply-patch+yaml",
          signal,
        });
  // Single resources come with their kind; to be sure, since messages name it.
  return { resource: { ...resource, kind: kindName, apiVersion }, path: pathOf(kind, home, resource.metadata.name) };
}

function unready(name: string, resource: Resource): string | undefined {
  const hopeless = hopelessness(resource);
  if (hopeless !== undefined) throw new TaskFailure(`${name} will not be ready: ${hopeless}`);
  return unreadiness(resource);
}

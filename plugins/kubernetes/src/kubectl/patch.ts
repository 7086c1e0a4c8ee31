import { defineTask, dynamic, duration, TaskFailure, text } from "@capstan/sdk";
import { parse } from "yaml";
import { z } from "zod";
import { pathOf } from "../cluster/resource-kinds.ts";
import { FIELD_MANAGER } from "./apply.ts";
import { awaitResource } from "./await-resource.ts";
import {
  clusterProperties,
  kindProperties,
  metadataOutput,
  podOnlyProperties,
  statusOutput,
} from "./cluster-properties.ts";
import { unreadiness } from "./readiness.ts";
import { type Resource, resourceName, shownMetadata, shownStatus } from "./resource.ts";
import { targetOf } from "./target.ts";

const CONTENT_TYPES = {
  STRATEGIC_MERGE: "application/strategic-merge-patch+json",
  JSON_MERGE: "application/merge-patch+json",
  JSON_PATCH: "application/json-patch+json",
} as const;

/** Changes parts of one resource. */
export const patch = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Patch",
  title: "Patch a resource of a cluster",
  description: "Changes the parts of a resource that the patch names.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...podOnlyProperties(),
      ...kindProperties(),
      resourceName: text().describe("Name of the resource."),
      patch: text().describe("The patch, as JSON or YAML."),
      patchStrategy: dynamic(z.enum(["STRATEGIC_MERGE", "JSON_MERGE", "JSON_PATCH"]))
        .default("STRATEGIC_MERGE")
        .describe(
          "STRATEGIC_MERGE merges lists by the names of their entries, and is for kinds that Kubernetes itself has. JSON_MERGE (RFC 7386) replaces lists, also in custom kinds. JSON_PATCH (RFC 6902) is a list of operations.",
        ),
      waitUntilReady: duration()
        .default(0)
        .describe(
          "How long to wait until the resource is ready, as in Apply. PT0S, which is the default, does not wait.",
        ),
    }),
  outputs: () =>
    z.object({
      metadata: metadataOutput().describe("Metadata of the resource, once patched."),
      status: statusOutput().optional().describe("Its status, in a map of its own."),
    }),
  examples: [
    {
      title: "Scale a deployment",
      code: 'id: scale\ntype: io.kestra.plugin.kubernetes.kubectl.Patch\nnamespace: shop\nresourceType: deployment\nresourceName: web\npatch: |\n  {"spec": {"replicas": 5}}\n',
    },
  ],
  async run({ properties, signal, log }) {
    const { cluster, kind, namespace } = await targetOf(properties, signal);
    const { resourceName: name, patchStrategy, waitUntilReady } = properties;
    const path = pathOf(kind, namespace, name);
    const patched = await cluster.ask<Resource>({
      method: "PATCH",
      path,
      query: { fieldManager: FIELD_MANAGER },
      body: parsedPatch(properties.patch, patchStrategy),
      contentType: CONTENT_TYPES[patchStrategy],
      signal,
    });
    const shown = resourceName({ ...patched, kind: kind.kind });
    log.info(`Patched ${shown}`);
    if (waitUntilReady === 0) return { metadata: shownMetadata(patched), status: shownStatus(patched) };
    const missing = (now: Resource) => unreadiness({ ...now, kind: kind.kind });
    const ready = await awaitResource({ cluster, path, name: shown, maxMs: waitUntilReady, missing, signal });
    return { metadata: shownMetadata(ready), status: shownStatus(ready) };
  },
});

function parsedPatch(written: string, strategy: keyof typeof CONTENT_TYPES): unknown {
  let value: unknown;
  try {
    value = parse(written);
  } catch (error) {
    throw new TaskFailure(`\`patch\` is neither JSON nor YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const isList = Array.isArray(value);
  if (strategy === "JSON_PATCH" ? isList : typeof value === "object" && value !== null && !isList) return value;
  const wanted = strategy === "JSON_PATCH" ? "a list of operations" : "a map of what changes";
  throw new TaskFailure(`\`patch\` is no ${wanted.replace(/^a /, "")}, which \`patchStrategy: ${strategy}\` takes`);
}

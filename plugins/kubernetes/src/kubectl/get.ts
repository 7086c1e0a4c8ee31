import { deliverRows, defineTask, fetchType, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import { pagesOf } from "../cluster/list.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import {
  clusterProperties,
  kindProperties,
  metadataOutput,
  podOnlyProperties,
  statusOutput,
} from "./cluster-properties.ts";
import { type Resource, shownMetadata, shownStatus } from "./resource.ts";
import { type Target, targetOf } from "./target.ts";

/** Reads resources: all of a kind in a namespace, or some by their names. */
export const get = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Get",
  title: "Get resources of a cluster",
  description:
    "Reads all resources of a kind in a namespace, or those that are named. Resources outside of namespaces are found, too.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...podOnlyProperties(),
      ...kindProperties(),
      resourcesNames: listOrText().optional().describe("Names of the resources; by default all of the namespace."),
      labelSelector: text()
        .optional()
        .describe("Only those with these labels: `app=web,tier!=cache`. Not with `resourcesNames`."),
      fetchType: fetchType("NONE").describe(
        "What becomes of the resources: STORE (a file of JSON lines with metadata and status of each), FETCH (the outputs `metadataItems` and `statusItems`, a mebibyte at most), " +
          "FETCH_ONE (the first one, as `metadataItem` and `statusItem`) or NONE.",
      ),
    }),
  outputs: () =>
    z.object({
      metadataItems: z.array(metadataOutput()).optional().describe("Metadata of all, with fetchType FETCH."),
      metadataItem: metadataOutput().optional().describe("Metadata of the first, with fetchType FETCH_ONE."),
      statusItems: z
        .array(statusOutput())
        .optional()
        .describe("Status of all, each in a map of its own, with fetchType FETCH."),
      statusItem: statusOutput().optional().describe("Status of the first, with fetchType FETCH_ONE."),
      uri: z.string().optional().describe("The file of all, one a line, with fetchType STORE."),
      size: z.int().describe("How many there are; 1 at most with fetchType FETCH_ONE."),
    }),
  examples: [
    {
      title: "All pods of a namespace",
      code: "id: pods\ntype: io.kestra.plugin.kubernetes.kubectl.Get\nnamespace: production\nresourceType: pods\nfetchType: FETCH\n",
    },
    {
      title: "One resource of a custom kind",
      code: 'id: app\ntype: io.kestra.plugin.kubernetes.kubectl.Get\nnamespace: argocd\nresourceType: applications\napiGroup: argoproj.io\nresourcesNames: ["shop"]\nfetchType: FETCH_ONE\n',
    },
  ],
  async run({ properties, files, signal, log }) {
    const target = await targetOf(properties, signal);
    const { fetchType: how, resourcesNames, labelSelector } = properties;
    const resources =
      resourcesNames === undefined ? listed(target, labelSelector, signal) : named(target, resourcesNames, signal);
    const delivered = await deliverRows(shown(resources), how, files, `${target.kind.plural}.ion`);
    const { size, uri } = delivered;
    log.debug(`${size} ${target.kind.plural}`);
    const row = delivered.row as Shown | undefined;
    const rows = delivered.rows as readonly Shown[] | undefined;
    return {
      size,
      ...(uri !== undefined && { uri }),
      ...(row !== undefined && { metadataItem: row.metadata, statusItem: { status: row.status } }),
      ...(rows !== undefined && {
        metadataItems: rows.map(({ metadata }) => metadata),
        statusItems: rows.map(({ status }) => ({ status })),
      }),
    };
  },
});

interface Shown {
  readonly metadata: Record<string, unknown>;
  readonly status: Readonly<Record<string, unknown>>;
}

async function* shown(resources: AsyncIterable<Resource>): AsyncGenerator<Shown> {
  for await (const resource of resources) yield { metadata: shownMetadata(resource), ...shownStatus(resource) };
}

async function* listed(
  { cluster, kind, namespace }: Target,
  labelSelector: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Resource> {
  for await (const { items } of pagesOf<Resource>(cluster, {
    path: pathOf(kind, namespace),
    query: { labelSelector },
    signal,
  }))
    yield* items;
}

async function* named(
  { cluster, kind, namespace }: Target,
  names: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Resource> {
  for (const name of names) yield await cluster.ask<Resource>({ path: pathOf(kind, namespace, name), signal });
}

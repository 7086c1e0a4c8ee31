import { type Cluster } from "../cluster/cluster.ts";
import { defineTrigger, dynamic, type RealtimeContext, text } from "@capstan/sdk";
import { z } from "zod";
import { pathOf } from "../cluster/resource-kinds.ts";
import { type Change, watch } from "../cluster/watch.ts";
import { clusterProperties, kindProperties, metadataOutput } from "../kubectl/cluster-properties.ts";
import { parseGoal } from "../kubectl/goal.ts";
import { type Resource, shownMetadata } from "../kubectl/resource.ts";
import { targetOf } from "../kubectl/target.ts";

const EVENTS = { ADDED: "CREATED", MODIFIED: "UPDATED", DELETED: "DELETED" } as const;
type EventType = (typeof EVENTS)[keyof typeof EVENTS];

const properties = () =>
  z.object({
    ...clusterProperties(),
    ...kindProperties(),
    labelSelector: text().optional().describe("Only resources with these labels: `app=web,tier!=cache`."),
    fieldSelector: text()
      .optional()
      .describe("Only resources with these fields: `metadata.name=web`, `status.phase=Failed`."),
    events: dynamic(z.array(z.enum(["CREATED", "UPDATED", "DELETED"])))
      .default(["CREATED", "UPDATED", "DELETED"])
      .describe("What starts the flow; everything by default."),
    for: text()
      .optional()
      .describe(
        "Start only for resources that have come so far, in the words of the task Wait: `ready`, `condition=Failed`, `jsonpath={.status.phase}=Failed`. Each change of such a resource starts the flow.",
      ),
  });

type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Starts one execution for each change of resources. */
export const resourceTrigger = defineTrigger({
  type: "io.kestra.plugin.kubernetes.core.ResourceTrigger",
  title: "Start the flow when resources of a cluster change",
  description:
    "Watches resources of a kind, and starts the flow for each that is created, changed or deleted after the trigger began. It knows how far it got: what happens while the server is down follows, as long as the cluster remembers it (some minutes by default). " +
    "Of what it no longer remembers, resources that are there and have changed since are told as UPDATED; deletions are not.",
  properties,
  outputs: () =>
    z.object({
      event: z.enum(["CREATED", "UPDATED", "DELETED"]).describe("What happened."),
      kind: z.string().describe("The kind of the resource."),
      metadata: metadataOutput().describe("Its metadata."),
      spec: z.record(z.string(), z.unknown()).optional().describe("What it should be."),
      status: z.record(z.string(), z.unknown()).optional().describe("What it is."),
    }),
  examples: [
    {
      title: "Start when a job fails",
      code: "id: failed\ntype: io.kestra.plugin.kubernetes.core.ResourceTrigger\nnamespace: batch\nresourceType: jobs\nevents: [UPDATED]\nfor: condition=Failed\n",
    },
  ],
  async listen(context) {
    const { properties: given, signal } = context;
    const { cluster, kind, namespace } = await targetOf(given, signal);
    const goal = given.for === undefined ? undefined : parseGoal(given.for);
    const isWanted = (event: EventType, resource: Resource) =>
      given.events.includes(event) &&
      (goal?.kind !== "state" || goal.missing({ ...resource, kind: kind.kind }) === undefined);
    const query = { labelSelector: given.labelSelector, fieldSelector: given.fieldSelector };
    for await (const { event, resource } of changes(context, cluster, pathOf(kind, namespace), query)) {
      if (!isWanted(event, resource)) continue;
      const { spec, status } = resource;
      const variables = {
        event,
        kind: kind.kind,
        metadata: shownMetadata(resource),
        ...(spec !== undefined && { spec }),
        ...(status !== undefined && { status }),
      };
      await context.emit({ variables, position: versionOf(resource) });
    }
  },
});

interface Happening {
  readonly event: EventType;
  readonly resource: Resource;
}

/** What happens after the trigger's position; all there is at its beginning has not happened, but was there. */
async function* changes(
  { position, signal, log }: Context,
  cluster: Cluster,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Happening> {
  let reached = typeof position === "string" ? position : undefined;
  for await (const change of watch<Resource>(cluster, path, query, signal, reached)) {
    for (const happening of happenings(change, reached)) {
      yield happening;
      reached = later(reached, versionOf(happening.resource));
    }
    if (change.type !== "LISTED") continue;
    log.debug(`Watching ${change.items.length} resources, from version ${change.version} on`);
    reached = later(reached, change.version);
  }
}

function happenings(change: Change<Resource>, reached: string | undefined): readonly Happening[] {
  if (change.type !== "LISTED") return [{ event: EVENTS[change.type], resource: change.item }];
  if (reached === undefined) return [];
  const changed = change.items.filter((item) => isLater(versionOf(item), reached));
  return changed
    .toSorted((left, right) => (isLater(versionOf(left), versionOf(right)) ? 1 : -1))
    .map((resource) => ({ event: "UPDATED", resource }));
}

function versionOf({ metadata }: Resource): string {
  return metadata.resourceVersion ?? "0";
}

/** Versions are whole numbers, which Kubernetes promises since 1.35. */
function isLater(left: string, right: string): boolean {
  return left.length === right.length ? left > right : left.length > right.length;
}

function later(reached: string | undefined, version: string): string {
  return reached === undefined || isLater(version, reached) ? version : reached;
}

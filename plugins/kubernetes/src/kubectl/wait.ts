import { setTimeout as sleep } from "node:timers/promises";
import { defineTask, formatDuration, listOrText, maxDurationProperty, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { isRefusal, NOT_FOUND } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { awaitResource } from "./await-resource.ts";
import { clusterProperties, kindProperties, metadataOutput, statusOutput } from "./cluster-properties.ts";
import { type Goal, parseGoal } from "./goal.ts";
import { type Resource, shownMetadata, shownStatus } from "./resource.ts";
import { type Target, targetOf } from "./target.ts";

const DEFAULT_MAX_MS = 600_000;
const LOOK_MS = 1_000;

/** Waits until resources have come as far as they should. */
export const wait = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Wait",
  title: "Wait for resources of a cluster",
  description: "Waits until each of the named resources is as it should be, as `kubectl wait` does.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...kindProperties(),
      resourcesNames: listOrText().describe("Names of the resources."),
      for: text()
        .default("ready")
        .describe(
          "What is waited for: `ready`, as in Apply; `create`; `delete`; `condition=Available` or `condition=Ready=False`; `jsonpath={.status.phase}=Running`.",
        ),
      maxDuration: maxDurationProperty(DEFAULT_MAX_MS),
    }),
  outputs: () =>
    z.object({
      metadataItems: z.array(metadataOutput()).describe("Metadata of the resources, without those that are deleted."),
      statusItems: z.array(statusOutput()).describe("Their status, each in a map of its own."),
    }),
  examples: [
    {
      title: "Wait for a job",
      code: 'id: migrated\ntype: io.kestra.plugin.kubernetes.kubectl.Wait\nnamespace: shop\nresourceType: job\nresourcesNames: ["migrate"]\nfor: condition=Complete\nmaxDuration: PT30M\n',
    },
  ],
  async run({ properties, signal, log }) {
    const goal = parseGoal(properties.for);
    const target = await targetOf(properties, signal);
    const deadline = Date.now() + properties.maxDuration;
    const found: Resource[] = [];
    for (const name of properties.resourcesNames) {
      const resource = await reached(target, name, goal, deadline, properties.maxDuration, signal);
      log.info(`${target.kind.kind.toLowerCase()}/${name}: ${properties.for}`);
      if (resource !== undefined) found.push(resource);
    }
    return { metadataItems: found.map(shownMetadata), statusItems: found.map(shownStatus) };
  },
});

async function reached(
  { cluster, kind, namespace }: Target,
  name: string,
  goal: Goal,
  deadline: number,
  maxMs: number,
  signal: AbortSignal,
): Promise<Resource | undefined> {
  const path = pathOf(kind, namespace, name);
  const shown = `${kind.kind.toLowerCase()}/${name}`;
  if (goal.kind === "state") {
    const missing = (now: Resource) => goal.missing({ ...now, kind: kind.kind });
    return awaitResource({ cluster, path, name: shown, maxMs: Math.max(0, deadline - Date.now()), missing, signal });
  }
  for (;;) {
    const there = await cluster.ask<Resource>({ path, signal }).catch((error: unknown) => {
      if (isRefusal(error, NOT_FOUND)) return undefined;
      throw error;
    });
    if ((there === undefined) === (goal.kind === "deleted")) return there;
    if (Date.now() >= deadline) throw new TaskFailure(`${shown} is not ${goal.kind} after ${formatDuration(maxMs)}`);
    await sleep(Math.min(LOOK_MS, Math.max(1, deadline - Date.now())), undefined, { signal });
  }
}

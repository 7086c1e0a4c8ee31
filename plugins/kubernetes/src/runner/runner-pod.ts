import type { TaskCommand } from "@capstan/sdk";
import type { Container, PodSpec } from "../pods/pod.ts";
import { merged } from "./merge.ts";
import type { RunnerProperties } from "./runner-properties.ts";

/** The container of the command. */
export const MAIN = "main";

/** The pod of a command, without its files. */
export function runnerPod(
  properties: RunnerProperties,
  { command, env, workingDirectory }: Pick<TaskCommand, "command" | "env" | "workingDirectory">,
  image: string,
  graceSeconds: number,
): PodSpec {
  const { resources = {}, imagePullSecrets } = properties;
  const container = {
    name: MAIN,
    image,
    imagePullPolicy: properties.pullPolicy,
    command: [...command],
    workingDir: workingDirectory,
    env: [...Object.entries(env).map(([name, value]) => ({ name, value })), ...(properties.env ?? [])],
    envFrom: properties.envFrom,
    resources: {
      requests: written(resources.requests, resources.request),
      limits: written(resources.limits, resources.limit),
    },
    volumeMounts: properties.volumeMounts ?? [],
    securityContext: properties.securityContext,
  };
  const spec = {
    restartPolicy: "Never",
    activeDeadlineSeconds: lifetimeSeconds(properties.waitUntilRunning, properties.waitUntilCompletion),
    serviceAccountName: properties.serviceAccountName,
    nodeSelector: properties.nodeSelector,
    affinity: properties.affinity,
    tolerations: properties.tolerations,
    securityContext: properties.podSecurityContext,
    terminationGracePeriodSeconds: graceSeconds,
    imagePullSecrets: imagePullSecrets?.map((one) => (typeof one === "string" ? { name: one } : one)),
    volumes: properties.volumes ?? [],
    containers: [merged(container, properties.containerSpec) as Container],
  };
  // What else it is given, it can't be given another end: a program that is started again has not ended.
  return { ...merged(spec, properties.podSpec), restartPolicy: "Never" };
}

/** Above what a pod may take in all, in seconds: for one that nobody attends to any more. */
const LIFETIME_MARGIN_SECONDS = 60;

/** How long a pod may be there when its worker never comes back, in seconds: the cluster itself ends it then. Takes milliseconds. */
export function lifetimeSeconds(...limitsMs: readonly number[]): number {
  return Math.ceil(limitsMs.reduce((sum, ms) => sum + ms, 0) / 1_000) + LIFETIME_MARGIN_SECONDS;
}

/** Quantities are texts, of both spellings of the property. */
function written(...spelled: readonly (Readonly<Record<string, string | number>> | undefined)[]) {
  const entries = spelled.flatMap((quantities) => Object.entries(quantities ?? {}));
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

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
    resources: { requests: written(resources.request), limits: written(resources.limit) },
    volumeMounts: properties.volumeMounts ?? [],
    securityContext: properties.securityContext,
  };
  const spec = {
    restartPolicy: "Never",
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

/** Quantities are texts. */
function written(
  quantities: Readonly<Record<string, string | number>> | undefined,
): Record<string, string> | undefined {
  if (quantities === undefined) return undefined;
  return Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, String(value)]));
}

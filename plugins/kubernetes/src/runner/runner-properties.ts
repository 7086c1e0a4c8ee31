import { anyMap, dynamic, duration, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { connectionObject } from "../cluster/connection.ts";

const PULL_POLICIES = { ALWAYS: "Always", IF_NOT_PRESENT: "IfNotPresent", NEVER: "Never" } as const;
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

/** Kestra's spelling, or that of Kubernetes. */
export const pullPolicy = () =>
  dynamic(
    z
      .enum(["ALWAYS", "IF_NOT_PRESENT", "NEVER", "Always", "IfNotPresent", "Never"])
      .transform((given): PullPolicy => PULL_POLICIES[given as keyof typeof PULL_POLICIES] ?? (given as PullPolicy)),
  );

/** Quantities by their names: `memory`, `cpu`, `nvidia.com/gpu`. */
const quantities = () => dynamic(z.record(z.string(), z.union([z.string(), z.number()])));
const maps = () => dynamic(z.array(anyMap()));

/** Of the containers that carry files in and out. */
export const fileSidecar = () =>
  z
    .object({
      image: text().default("busybox").describe("The image, which has `sh` and `tar`."),
      resources: anyMap().optional().describe("Requests and limits of the carriers."),
      defaultSpec: anyMap().optional().describe("What else the carriers are given, such as a `securityContext`."),
    })
    .default({ image: "busybox" })
    .describe("The containers that carry files in and out of the pod.");

/** The carriers as a pod has them: they get `defaults` where nothing else is said. */
export function carrierOf(
  { image, resources, defaultSpec }: z.output<ReturnType<typeof fileSidecar>>,
  defaults: Readonly<Record<string, unknown>> = {},
) {
  return { image, carrier: { ...defaults, ...defaultSpec, ...(resources !== undefined && { resources }) } };
}

/** What a pod is given beside its command; a shorthand for the parts of its manifest that people use most. */
export const podProperties = () => ({
  serviceAccountName: text().optional().describe("The service account of the pod; that of its namespace by default."),
  labels: textMap().optional().describe("Labels of the pod, beside those that tell whose it is."),
  annotations: textMap().optional().describe("Annotations of the pod."),
  nodeSelector: textMap().optional().describe("Labels that its node must have."),
  affinity: anyMap().optional().describe("Which nodes and neighbours it wants, as in a manifest."),
  tolerations: maps().optional().describe("Taints of nodes that it bears, as in a manifest."),
  resources: z
    .object({
      request: quantities().optional().describe("What its node must have left: `{cpu: 500m, memory: 128Mi}`."),
      limit: quantities().optional().describe("What it may take at most; `nvidia.com/gpu: 1` gives it a GPU."),
      requests: quantities().optional().describe("The same as `request`, as manifests spell it."),
      limits: quantities().optional().describe("The same as `limit`, as manifests spell it."),
    })
    .optional()
    .describe("Memory, processors and devices."),
  env: dynamic(z.array(anyMap()))
    .optional()
    .describe("Variables as in a manifest, beside those of the task: `valueFrom` reads secrets and config maps."),
  envFrom: maps()
    .optional()
    .describe("Secrets and config maps all of whose entries become variables, as in a manifest."),
  volumes: maps().optional().describe("Volumes, as in a manifest."),
  volumeMounts: maps().optional().describe("Where they are mounted in the container of the command, as in a manifest."),
  imagePullSecrets: dynamic(z.array(z.union([text(), anyMap()])))
    .optional()
    .describe("Names of secrets that open the registry of the image."),
  securityContext: anyMap().optional().describe("Security context of the container of the command, as in a manifest."),
  podSecurityContext: anyMap().optional().describe("Security context of the pod, as in a manifest."),
  containerSpec: anyMap()
    .optional()
    .describe("Anything else of the container, merged into it as a strategic merge patch would."),
  podSpec: anyMap()
    .optional()
    .describe(
      "Anything else of the pod's `spec`, merged into it as a strategic merge patch would. Its container is `main`.",
    ),
});

export const runnerProperties = () => ({
  version: z.string().optional().describe("Has no effect."),
  config: connectionObject()
    .optional()
    .describe(
      "The cluster. By default the worker's own: its `KUBECONFIG`, `~/.kube/config`, or the service account of the pod it runs in.",
    ),
  namespace: text().optional().describe("Namespace of the pod; that of the connection by default, or else `default`."),
  image: text().optional().describe("The image, in place of the task's `containerImage`."),
  pullPolicy: pullPolicy().default("Always").describe("When the image is pulled: ALWAYS, IF_NOT_PRESENT or NEVER."),
  ...podProperties(),
  fileSidecar: fileSidecar(),
  waitUntilRunning: duration()
    .default(600_000)
    .describe("How long it may take until the command starts; PT10M by default."),
  waitUntilCompletion: duration().default(3_600_000).describe("How long the command may run; PT1H by default."),
  waitForLogs: duration()
    .optional()
    .meta({ deprecated: true, description: "Has no effect: the log is always read to its end." }),
  delete: dynamic(z.boolean()).default(true).describe("Delete the pod at its end."),
  resume: dynamic(z.boolean())
    .default(true)
    .describe(
      "After the loss of its worker, the task goes on with the pod that it had. Otherwise that is deleted, and another is started.",
    ),
  killGracePeriod: duration()
    .default(0)
    .describe("Time from the signal to end until the kill, on kill and timeout; PT0S by default, PT8S at most."),
});

export type RunnerProperties = z.output<z.ZodObject<ReturnType<typeof runnerProperties>>>;

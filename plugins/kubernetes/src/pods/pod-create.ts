import {
  anyMap,
  anyValue,
  defineTask,
  dynamic,
  duration,
  storeOutputFiles,
  TaskFailure,
  writeInputFiles,
} from "@capstan/sdk";
import { createCommandOutput } from "@capstan/sdk/commands";
import { readdir } from "node:fs/promises";
import { z } from "zod";
import { clusterProperties, metadataOutput } from "../kubectl/cluster-properties.ts";
import { shownMetadata } from "../kubectl/resource.ts";
import { placeOf } from "../kubectl/target.ts";
import { merged } from "../runner/merge.ts";
import { lifetimeSeconds } from "../runner/runner-pod.ts";
import { carrierOf, fileSidecar } from "../runner/runner-properties.ts";
import type { Container, Pod, PodSpec } from "./pod.ts";
import { withFiles } from "./pod-files.ts";
import { ownerLabels, podName } from "./pod-name.ts";
import { GRACE_SECONDS_MAX } from "./pod-run.ts";
import { runPod } from "./run-pod.ts";

/** Where flows that were written for Kestra expect the files. */
const KESTRA_FOLDER = "/kestra/working-dir";

const ignored = (description: string) => anyValue().optional().meta({ deprecated: true, description });

/** Runs a pod of the author's own making. */
export const podCreate = defineTask({
  type: "io.kestra.plugin.kubernetes.core.PodCreate",
  aliases: ["io.kestra.plugin.kubernetes.PodCreate"],
  title: "Run a pod",
  description:
    "Creates a pod as its manifest says, shows the output of its containers in the log, and waits until all of them have ended. The pod is deleted at its end, on kill and at the timeout. It outlives its worker: the attempt finds it by its name and goes on. " +
    'Lines of the form `::{"outputs": {…}}::` set outputs.',
  properties: () =>
    z.object({
      ...clusterProperties(),
      metadata: anyMap()
        .optional()
        .describe("Metadata of the pod; its name is made of those of flow, task and attempt by default."),
      spec: anyMap().describe("The `spec` of the pod, as in a manifest. `restartPolicy` is Never by default."),
      containerDefaultSpec: anyMap()
        .optional()
        .describe(
          "What all containers get that do not say otherwise, also those that carry files: such as a `securityContext`.",
        ),
      inputFiles: anyValue()
        .optional()
        .describe(
          `Files for the folder \`{{ workingDir }}\`, which all containers have, also as \`${KESTRA_FOLDER}\`: a map from names to contents or URIs.`,
        ),
      outputFiles: dynamic(z.array(z.string()))
        .optional()
        .describe("Files of that folder to keep: names and patterns."),
      fileSidecar: fileSidecar(),
      delete: dynamic(z.boolean()).default(true).describe("Delete the pod at its end."),
      resume: dynamic(z.boolean())
        .default(true)
        .describe(
          "After the loss of its worker, the task goes on with the pod that it had. Otherwise that is deleted, and another is started.",
        ),
      waitUntilRunning: duration()
        .default(600_000)
        .describe("How long it may take until its containers run; PT10M by default."),
      waitRunning: duration().default(3_600_000).describe("How long they may run; PT1H by default."),
      waitForLogInterval: ignored("Has no effect: the log is always read to its end."),
      waitUntilReady: ignored("Has no effect: the task waits for the end."),
    }),
  outputs: () =>
    z.object({
      metadata: metadataOutput().describe("Metadata of the pod."),
      status: z.record(z.string(), z.unknown()).describe("Its last status."),
      outputFiles: z.record(z.string(), z.string()).describe("URIs of the kept files, by their names."),
      vars: z.record(z.string(), z.unknown()).describe("Outputs that its containers have set."),
    }),
  examples: [
    {
      title: "A container with a GPU, and its files",
      code: 'id: train\ntype: io.kestra.plugin.kubernetes.core.PodCreate\nnamespace: ml\ninputFiles:\n  parameters.json: "{{ outputs.choose.uri }}"\noutputFiles: ["model.bin"]\nspec:\n  containers:\n    - name: train\n      image: registry.example.com/train:3\n      command: ["train", "{{ workingDir }}/parameters.json", "{{ workingDir }}/model.bin"]\n      resources:\n        limits:\n          nvidia.com/gpu: 1\n',
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { cluster, namespace } = await placeOf(properties);
    const folder = await context.workingDirectory();
    await writeInputFiles(folder, properties.inputFiles, files);
    const outputFiles = properties.outputFiles ?? [];
    const defaults = properties.containerDefaultSpec;
    const podFiles = {
      folder,
      alsoAt: [KESTRA_FOLDER],
      takesIn: (await readdir(folder)).length > 0,
      handsOut: outputFiles.length > 0,
      ...carrierOf(properties.fileSidecar, defaults),
      outputFolder: undefined,
    };
    const hasFiles = podFiles.takesIn || podFiles.handsOut;
    const spec: PodSpec = {
      activeDeadlineSeconds: lifetimeSeconds(properties.waitUntilRunning, properties.waitRunning),
      ...specOf(properties.spec, defaults),
    };
    const output = createCommandOutput(log, metric);
    let pod: Pod | undefined;
    const { exitCode, reason } = await context.runCommand(
      { command: [], env: {}, workingDirectory: folder, onLine: (stream, line) => output.onLine(stream, line) },
      async (runner, command) => {
        const end = await runPod(
          cluster,
          {
            namespace,
            metadata: metadataOf(properties.metadata, runner.owner),
            spec: hasFiles ? withFiles(spec, podFiles) : spec,
            mains: spec.containers.map(({ name }) => name),
            files: hasFiles ? podFiles : undefined,
            delete: properties.delete,
            resume: properties.resume,
            waitUntilRunningMs: properties.waitUntilRunning,
            waitUntilCompletionMs: properties.waitRunning,
            graceSeconds: Math.min(
              Number(spec["terminationGracePeriodSeconds"] ?? GRACE_SECONDS_MAX),
              GRACE_SECONDS_MAX,
            ),
          },
          { ...runner, onLine: (line) => command.onLine("stdout", line) },
        );
        pod = end.pod;
        return end;
      },
    );
    const outputs = {
      metadata: shownMetadata(pod!),
      status: { ...pod!.status },
      outputFiles: await storeOutputFiles(folder, outputFiles, files),
      vars: output.vars,
    };
    if (exitCode === 0) return outputs;
    const why = reason === undefined ? "" : ` (${reason})`;
    throw new TaskFailure(`the pod ${pod!.metadata.name} failed with exit code ${exitCode}${why}`, { outputs });
  },
});

function specOf(
  written: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>> | undefined,
): PodSpec {
  const { containers, initContainers = [], ...rest } = written;
  if (!Array.isArray(containers) || containers.length === 0) throw new TaskFailure("`spec` has no `containers`");
  const complete = (list: readonly unknown[]) =>
    list.map((one) => merged({ ...defaults }, one as Container) as Container);
  return {
    restartPolicy: "Never",
    ...rest,
    containers: complete(containers),
    ...(Array.isArray(initContainers) && initContainers.length > 0 && { initContainers: complete(initContainers) }),
  };
}

function metadataOf(written: Readonly<Record<string, unknown>> = {}, owner: Parameters<typeof podName>[0]) {
  const { name, labels, annotations } = written as {
    readonly name?: unknown;
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, unknown>>;
  };
  const texts = (map: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)]));
  return {
    name: name === undefined ? podName(owner) : String(name),
    labels: { ...texts(labels), ...ownerLabels(owner) },
    annotations: texts(annotations),
  };
}

import { readdir } from "node:fs/promises";
import { defineTaskRunner, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { clusterOf } from "../cluster/clusters.ts";
import { withFiles } from "../pods/pod-files.ts";
import { ownerLabels, podName } from "../pods/pod-name.ts";
import { GRACE_SECONDS_MAX } from "../pods/pod-run.ts";
import { runPod } from "../pods/run-pod.ts";
import { MAIN, runnerPod } from "./runner-pod.ts";
import { carrierOf, runnerProperties } from "./runner-properties.ts";

export const kubernetesRunner = defineTaskRunner({
  type: "io.kestra.plugin.kubernetes.runner.Kubernetes",
  aliases: ["io.kestra.plugin.ee.kubernetes.runner.Kubernetes"],
  title: "Run commands in pods of Kubernetes",
  description:
    "Each command has a pod of its own, with the working folder under the path that it has on the worker, and none of the worker's environment variables. Files are carried in before it starts, and those that the task wants back at its end. " +
    "The pod is deleted at its end, on kill and at the timeout. It outlives its worker: the attempt finds it by its name, which is that of the attempt, and goes on.",
  properties: () => z.object(runnerProperties()),
  runCommand: async ({ properties, ...context }, command) => {
    const image = properties.image ?? command.containerImage;
    if (image === undefined) throw new TaskFailure("there is no image for the pod: write `containerImage`");
    const cluster = await clusterOf(properties.config);
    const namespace = properties.namespace ?? cluster.namespace;
    const graceSeconds = Math.min(Math.ceil(properties.killGracePeriod / 1_000), GRACE_SECONDS_MAX);
    const { workingDirectory: folder, env } = command;
    const takesIn = (await readdir(folder)).length > 0;
    const files = {
      folder,
      takesIn,
      handsOut: command.returnsFiles !== false,
      ...carrierOf(properties.fileSidecar),
      pullPolicy: properties.pullPolicy,
      outputFolder: env["OUTPUT_DIR"],
    };
    const name = podName(context.owner);
    const { exitCode, reason } = await runPod(
      cluster,
      {
        namespace,
        metadata: {
          name,
          labels: { ...properties.labels, ...ownerLabels(context.owner) },
          annotations: properties.annotations ?? {},
        },
        spec: withFiles(runnerPod(properties, command, image, graceSeconds), files),
        mains: [MAIN],
        files,
        delete: properties.delete,
        resume: properties.resume,
        waitUntilRunningMs: properties.waitUntilRunning,
        waitUntilCompletionMs: properties.waitUntilCompletion,
        graceSeconds,
      },
      { ...context, onLine: (line) => command.onLine("stdout", line) },
    );
    return { exitCode, ...(reason !== undefined && { reason }), details: { namespace, podName: name } };
  },
});

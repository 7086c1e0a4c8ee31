import { anyValue, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionObject } from "../cluster/connection.ts";

/** Which cluster and where in it: of every task of this plugin. */
export const clusterProperties = () => ({
  connection: connectionObject()
    .optional()
    .describe(
      "The cluster. By default the worker's own: its `KUBECONFIG`, `~/.kube/config`, or the service account of the pod it runs in.",
    ),
  inheritClusterConfig: dynamic(z.boolean())
    .default(false)
    .describe("Take the worker's own cluster, whatever `connection` says."),
  namespace: text().optional().describe("The namespace; that of the connection by default, or else `default`."),
});

/** What Kestra has on every task of the family although only pods have it. */
export const podOnlyProperties = () => {
  const description = "Has no effect here: it belongs to pods that a task starts.";
  const ignored = () => anyValue().optional().meta({ deprecated: true, description });
  return {
    waitUntilRunning: ignored(),
    waitRunning: ignored(),
    inputFiles: ignored(),
    outputFiles: ignored(),
    fileSidecar: ignored(),
    containerDefaultSpec: ignored(),
  };
};

/** Kinds, as people name them. */
export const kindProperties = () => ({
  resourceType: text().describe("The kind: `pods`, `pod`, `po`, `Pod`, or `deployments.apps` with its group."),
  apiGroup: text().optional().describe("The group, such as `apps`, where several have that kind."),
  apiVersion: text().optional().describe("The version, such as `v1`; the preferred one by default."),
});

/** Metadata in outputs. */
export const metadataOutput = () => z.record(z.string(), z.unknown());
/** A status in outputs: in a map of its own, as in Kestra. */
export const statusOutput = () => z.object({ status: z.record(z.string(), z.unknown()) });

import { defineTask, listOrText } from "@capstan/sdk";
import { z } from "zod";
import { isRefusal, NOT_FOUND } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { clusterProperties, kindProperties, podOnlyProperties } from "./cluster-properties.ts";
import { targetOf } from "./target.ts";

/** Deletes resources by their names. */
export const remove = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Delete",
  title: "Delete resources of a cluster",
  description:
    "Deletes the named resources, and what belongs to them in the background. What is not there is left out, with a line in the log. The task does not wait until they are gone.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      ...podOnlyProperties(),
      ...kindProperties(),
      resourcesNames: listOrText().describe("Names of the resources."),
    }),
  examples: [
    {
      title: "Delete two pods",
      code: 'id: clean\ntype: io.kestra.plugin.kubernetes.kubectl.Delete\nnamespace: batch\nresourceType: pods\nresourcesNames: ["import-1", "import-2"]\n',
    },
  ],
  async run({ properties, signal, log }) {
    const { cluster, kind, namespace } = await targetOf(properties, signal);
    for (const name of properties.resourcesNames) {
      const shown = `${kind.kind.toLowerCase()}/${name}`;
      try {
        const query = { propagationPolicy: "Background" };
        await cluster.ask({ method: "DELETE", path: pathOf(kind, namespace, name), query, signal });
        log.info(`Deleted ${shown}`);
      } catch (error) {
        if (!isRefusal(error, NOT_FOUND)) throw error;
        log.warn(`${shown} is not there`);
      }
    }
    return {};
  },
});

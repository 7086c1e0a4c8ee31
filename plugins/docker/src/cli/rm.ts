import { defineTask, dynamic, listOrText } from "@capstan/sdk";
import { z } from "zod";
import { containerPath } from "../engine/containers.ts";
import { connectEngine } from "../engine/engine.ts";
import { imagePath } from "../engine/images.ts";
import { engineProperties } from "../engine-properties.ts";

/** Removes containers and images. */
export const rm = defineTask({
  type: "io.kestra.plugin.docker.cli.Rm",
  aliases: ["io.kestra.plugin.docker.Rm"],
  title: "Remove containers and images",
  description: "Fails at the first that is not there, or is in use; those before it are removed.",
  properties: () =>
    z.object({
      ...engineProperties(),
      containerIds: listOrText().optional().describe("Ids or names of containers, which are removed first."),
      imageIds: listOrText().optional().describe("Ids or names of images."),
      removeVolumes: dynamic(z.boolean())
        .default(false)
        .describe("Remove the anonymous volumes of the containers, too."),
      force: dynamic(z.boolean())
        .default(false)
        .describe("Kill containers that run, and remove images that have several names."),
    }),
  examples: [
    {
      title: "Remove a container that runs, with its volumes",
      code: 'id: remove\ntype: io.kestra.plugin.docker.cli.Rm\ncontainerIds:\n  - "{{ outputs.serve.taskRunner.containerId }}"\nforce: true\nremoveVolumes: true\n',
    },
  ],
  async run({ properties, log, signal }) {
    const { host, containerIds = [], imageIds = [], removeVolumes, force } = properties;
    const engine = connectEngine(host);
    for (const id of containerIds)
      await engine.ask({ method: "DELETE", path: containerPath(id), query: { v: removeVolumes, force }, signal });
    for (const id of imageIds) await engine.ask({ method: "DELETE", path: imagePath(id), query: { force }, signal });
    log.info(`Removed ${containerIds.length} containers and ${imageIds.length} images`);
  },
});

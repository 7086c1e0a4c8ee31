import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { containerPath, removeContainer } from "../engine/containers.ts";
import { connectEngine, EngineFailure } from "../engine/engine.ts";
import { engineProperties } from "../engine-properties.ts";

/** Stops a container. */
export const stop = defineTask({
  type: "io.kestra.plugin.docker.cli.Stop",
  aliases: ["io.kestra.plugin.docker.Stop"],
  title: "Stop a container",
  description:
    "The container is told to end, and killed by the engine when it does not within the time that is set for it, 10 seconds by default.",
  properties: () =>
    z.object({
      ...engineProperties(),
      containerId: text().describe("Id or name of the container."),
      kill: dynamic(z.boolean()).default(false).describe("Kill it at once."),
      delete: dynamic(z.boolean()).default(true).describe("Remove it, with its anonymous volumes, when it has ended."),
    }),
  examples: [
    {
      title: "Stop a container that another task has started",
      code: 'id: stop\ntype: io.kestra.plugin.docker.cli.Stop\ncontainerId: "{{ outputs.serve.taskRunner.containerId }}"\n',
    },
  ],
  async run({ properties, log, signal }) {
    const { host, containerId, kill } = properties;
    const engine = connectEngine(host);
    try {
      await engine.ask({ method: "POST", path: `${containerPath(containerId)}/${kill ? "kill" : "stop"}`, signal });
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof EngineFailure) || error.status !== 409) throw error;
    }
    if (properties.delete) await removeContainer(engine, containerId);
    log.info(`Stopped ${properties.delete ? "and removed " : ""}container ${containerId}`);
  },
});

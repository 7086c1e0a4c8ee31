import { defineTask, dynamic, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { engineProperties } from "../engine-properties.ts";

const KINDS = ["BUILD", "CONTAINERS", "IMAGES", "NETWORKS", "VOLUMES"] as const;

/** Removes what nobody uses. */
export const prune = defineTask({
  type: "io.kestra.plugin.docker.cli.Prune",
  aliases: ["io.kestra.plugin.docker.Prune"],
  title: "Remove what nobody uses",
  properties: () =>
    z.object({
      ...engineProperties(),
      pruneType: dynamic(z.enum(KINDS)).describe(
        "What is removed: ended containers, unused images, networks or volumes, or what builds have kept.",
      ),
      dangling: dynamic(z.boolean())
        .default(false)
        .describe("Of images and builds: remove only those without a name. Otherwise all that no container uses."),
      until: text()
        .optional()
        .describe(
          "Remove only what was made before: a time such as `2026-01-31T00:00:00Z`, or a time back such as `24h`. Volumes know none.",
        ),
      labelFilters: listOrText().optional().describe("Remove only what has these labels: `key`, or `key=value`."),
    }),
  examples: [
    {
      title: "Remove images that were not used for a week",
      code: "id: prune\ntype: io.kestra.plugin.docker.cli.Prune\npruneType: IMAGES\nuntil: 168h\n",
    },
  ],
  async run({ properties, log, metric, signal }) {
    const { host, pruneType, dangling, until, labelFilters = [] } = properties;
    const filters = {
      ...(pruneType === "IMAGES" && { dangling: [String(dangling)] }),
      ...(until !== undefined && { until: [until] }),
      ...(labelFilters.length > 0 && { label: labelFilters }),
    };
    const { SpaceReclaimed = 0 } = await connectEngine(host).ask<{ SpaceReclaimed?: number }>({
      method: "POST",
      path: `/${pruneType.toLowerCase()}/prune`,
      query: { filters, ...(pruneType === "BUILD" && { all: !dangling }) },
      signal,
    });
    metric({ name: "reclaimed.bytes", type: "counter", value: SpaceReclaimed });
    log.info(`Removed unused ${pruneType.toLowerCase()} of ${SpaceReclaimed} bytes`);
  },
});

import { defineTask, listOrText, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { pushImage } from "../engine/images.ts";
import { engineProperties } from "../engine-properties.ts";

/** Pushes tags of the engine to their registries. */
export const push = defineTask({
  type: "io.kestra.plugin.docker.cli.Push",
  aliases: ["io.kestra.plugin.docker.Push"],
  title: "Push images",
  properties: () =>
    z.object({
      ...engineProperties(),
      tags: listOrText().describe(
        "Tags of images that the engine has, each with its registry: `ghcr.io/company/app:1.4`.",
      ),
    }),
  examples: [
    {
      title: "Push an image that was built before",
      code: "id: push\ntype: io.kestra.plugin.docker.cli.Push\ntags:\n  - ghcr.io/company/app:1.4\ncredentials:\n  registry: ghcr.io\n  username: company\n  password: \"{{ secret('GHCR_TOKEN') }}\"\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { host, tags, credentials, config } = properties;
    if (tags.length === 0) throw new TaskFailure("`tags` is empty: name what is to be pushed");
    const engine = connectEngine(host);
    for (const tag of tags) {
      const digest = await pushImage(engine, tag, { credentials, config, log, signal });
      log.info(`Pushed ${tag}${digest === undefined ? "" : ` as ${digest}`}`);
    }
  },
});

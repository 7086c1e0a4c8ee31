import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { pullImage } from "../engine/images.ts";
import { engineProperties } from "../engine-properties.ts";

/** Pulls an image, whether the engine has it or not. */
export const pull = defineTask({
  type: "io.kestra.plugin.docker.cli.Pull",
  aliases: ["io.kestra.plugin.docker.Pull"],
  title: "Pull an image",
  description: "Gets what the tag stands for in its registry, also if the engine has an older image of that tag.",
  properties: () =>
    z.object({ ...engineProperties(), image: text().describe("Name of the image, with registry and tag if wanted.") }),
  examples: [
    {
      title: "Pull an image of a private registry",
      code: "id: pull\ntype: io.kestra.plugin.docker.cli.Pull\nimage: ghcr.io/company/app:1.4\ncredentials:\n  registry: ghcr.io\n  username: company\n  password: \"{{ secret('GHCR_TOKEN') }}\"\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { host, image, credentials, config } = properties;
    await pullImage(connectEngine(host), image, { credentials, config, log, signal });
    log.info(`Pulled ${image}`);
  },
});

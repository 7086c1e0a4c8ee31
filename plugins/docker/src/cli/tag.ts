import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectEngine, EngineFailure } from "../engine/engine.ts";
import { imageName } from "../engine/image-name.ts";
import { imagePath } from "../engine/images.ts";
import { engineProperties } from "../engine-properties.ts";

/** Gives an image another name. */
export const tag = defineTask({
  type: "io.kestra.plugin.docker.cli.Tag",
  aliases: ["io.kestra.plugin.docker.Tag"],
  title: "Give an image another name",
  properties: () =>
    z.object({
      ...engineProperties(),
      sourceImage: text().describe("Name or id of an image that the engine has."),
      targetImage: text().describe("The further name, with registry and tag if wanted."),
    }),
  examples: [
    {
      title: "Promote an image",
      code: "id: promote\ntype: io.kestra.plugin.docker.cli.Tag\nsourceImage: ghcr.io/company/app:staging\ntargetImage: ghcr.io/company/app:production\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { host, sourceImage, targetImage } = properties;
    const { repository, tag: name, digest } = imageName(targetImage);
    if (digest !== undefined) throw new TaskFailure("`targetImage` has a digest, which can't be chosen: leave it out");
    const engine = connectEngine(host);
    try {
      const query = { repo: repository, tag: name };
      await engine.ask({ method: "POST", path: `${imagePath(sourceImage)}/tag`, query, signal });
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.status !== 404) throw error;
      throw new TaskFailure(`the engine has no image ${sourceImage}: pull or build it before`, { cause: error });
    }
    log.info(`Tagged ${sourceImage} as ${targetImage}`);
  },
});

import { defineTask, dynamic, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { engineProperties } from "../engine-properties.ts";

interface ImageSummary {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Size: number;
  readonly Created: number;
  readonly Labels: Readonly<Record<string, string>> | null;
}

const entry = () =>
  z.object({
    id: z.string().describe("Id of the image."),
    repoTags: z.array(z.string()).describe("Its names."),
    repoDigests: z.array(z.string()).describe("Its names by digest."),
    size: z.int().describe("Size in bytes."),
    created: z.int().describe("When it was made, in seconds since 1970."),
    labels: z.record(z.string(), z.string()).describe("Its labels."),
  });

/** Lists images. */
export const imageLs = defineTask({
  type: "io.kestra.plugin.docker.cli.ImageLs",
  aliases: ["io.kestra.plugin.docker.ImageLs"],
  title: "List images",
  properties: () =>
    z.object({
      ...engineProperties(),
      showAll: dynamic(z.boolean()).default(false).describe("Show layers between images, too."),
      imageNameFilter: text().optional().describe("Show only names such as `company/*:1.*`."),
      labelFilter: textMap().optional().describe("Show only images with all of these labels."),
    }),
  outputs: () =>
    z.object({
      images: z.array(entry()).describe("The images."),
      count: z.int().describe("How many there are."),
    }),
  examples: [
    {
      title: "List the images of a team",
      code: "id: images\ntype: io.kestra.plugin.docker.cli.ImageLs\nimageNameFilter: ghcr.io/company/*\nlabelFilter:\n  team: data\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { host, showAll, imageNameFilter, labelFilter = {} } = properties;
    const filters = {
      ...(imageNameFilter !== undefined && { reference: [imageNameFilter] }),
      label: Object.entries(labelFilter).map(([key, value]) => `${key}=${value}`),
    };
    const query = { all: showAll, filters };
    const found = await connectEngine(host).ask<ImageSummary[]>({ path: "/images/json", query, signal });
    log.info(`${found.length} images`);
    const images = found.map(({ Id, RepoTags, RepoDigests, Size, Created, Labels }) => ({
      id: Id,
      repoTags: RepoTags ?? [],
      repoDigests: RepoDigests ?? [],
      size: Size,
      created: Created,
      labels: Labels ?? {},
    }));
    return { images, count: images.length };
  },
});

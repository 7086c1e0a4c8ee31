import { defineTask, text } from "@capstan/sdk";
import { basename } from "node:path";
import { z } from "zod";
import { files, namespace, withoutLeadingSlash } from "./paths.ts";

/** Copies files of a namespace to internal storage. */
export const downloadFiles = defineTask({
  type: "io.kestra.plugin.core.namespace.DownloadFiles",
  title: "Download files of a namespace",
  properties: () =>
    z.object({
      namespace: namespace(),
      files: files(),
      destination: text().default("").describe("Accepted for older flows; copies are stored with the task run."),
    }),
  outputs: () =>
    z.object({
      files: z.record(z.string(), z.string()).describe("Path, from `/` on, to the URI of the file's copy."),
    }),
  examples: [
    {
      title: "Take all queries",
      code: 'id: queries\ntype: io.kestra.plugin.core.namespace.DownloadFiles\nfiles:\n  - "queries/**.sql"\n',
    },
  ],
  async run({ properties, identity, services: { namespaceFiles }, files }) {
    const source = properties.namespace ?? identity.namespace;
    const paths = await namespaceFiles.list(source, properties.files.map(withoutLeadingSlash));
    const downloaded: [string, string][] = [];
    for (const path of paths) {
      const uri = await files.put(basename(path), await namespaceFiles.read(source, path));
      downloaded.push([`/${path}`, uri]);
    }
    return { files: Object.fromEntries(downloaded) };
  },
});

import { defineTask, dynamic, filesMatching, listOrText, TaskFailure, text, textMap } from "@capstan/sdk";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { inFolder, namespace } from "./paths.ts";

/** Copies files from the working directory or internal storage to a namespace. */
export const uploadFiles = defineTask({
  type: "io.kestra.plugin.core.namespace.UploadFiles",
  title: "Upload files to a namespace",
  properties: () =>
    z.object({
      namespace: namespace(),
      files: listOrText()
        .optional()
        .describe("Globs of files in the working directory, or regular expressions behind `regex:`."),
      filesMap: textMap().optional().describe("Target path in the namespace to the URI of the file."),
      destination: text().default("/").describe("Folder of the namespace to upload to."),
      conflict: dynamic(z.enum(["OVERWRITE", "ERROR", "SKIP"]))
        .default("OVERWRITE")
        .describe("What to do when a file exists already."),
    }),
  outputs: () =>
    z.object({
      files: z.record(z.string(), z.string()).describe("Path in the namespace to the URI of the file."),
    }),
  examples: [
    {
      title: "Keep a report in the namespace",
      code:
        "id: keep\ntype: io.kestra.plugin.core.namespace.UploadFiles\nfilesMap:\n" +
        '  reports/today.csv: "{{ outputs.report.uri }}"\n',
    },
  ],
  async run({ properties, identity, services: { namespaceFiles }, files, log, workingDirectory }) {
    const { destination, conflict, filesMap = {} } = properties;
    const target = properties.namespace ?? identity.namespace;
    const sources: { path: string; open: () => ReturnType<typeof files.read> }[] = Object.entries(filesMap).map(
      ([path, uri]) => ({ path, open: () => files.read(uri) }),
    );
    if (properties.files !== undefined) {
      const folder = await workingDirectory();
      for (const path of await filesMatching(folder, properties.files))
        sources.push({ path, open: async () => createReadStream(join(folder, path)) });
    }
    const existing = new Set(conflict === "OVERWRITE" ? [] : await namespaceFiles.list(target));
    const uploaded: [string, string][] = [];
    for (const { path, open } of sources) {
      const place = inFolder(destination, path);
      if (existing.has(place)) {
        if (conflict === "ERROR")
          throw new TaskFailure(
            `The file ${place} exists in namespace ${target}. Set \`conflict\` to OVERWRITE or SKIP.`,
          );
        log.info(`Skipped ${place}: it exists`);
        continue;
      }
      uploaded.push([place, await namespaceFiles.put(target, place, await open())]);
    }
    return { files: Object.fromEntries(uploaded) };
  },
});

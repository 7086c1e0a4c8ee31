import { defineTask, dynamic, instant, text } from "@capstan/sdk";
import { z } from "zod";
import { withoutLeadingSlash } from "./paths.ts";
import { isOneRule, namespaceSelection, ONE_RULE, selectedNamespaces } from "./selection.ts";

/** Deletes old versions of namespace files. */
export const purgeFiles = defineTask({
  type: "io.kestra.plugin.core.namespace.PurgeFiles",
  title: "Purge old versions of namespace files",
  properties: () =>
    z.object({
      filePattern: text().optional().describe("Glob of the files."),
      ...namespaceSelection(),
      behavior: z
        .object({
          type: z.literal("version").optional().describe("Old versions are purged."),
          before: instant().optional().describe("Delete versions made before this date."),
          keepAmount: dynamic(z.int().min(1)).optional().describe("Keep so many versions of each file. Default: 1."),
        })
        .refine(isOneRule, ONE_RULE)
        .optional()
        .describe("Which versions are deleted."),
    }),
  outputs: () => z.object({ size: z.int().describe("Number of versions deleted.") }),
  examples: [
    {
      title: "Keep the last three versions of each file",
      code: "id: purge\ntype: io.kestra.plugin.core.namespace.PurgeFiles\nbehavior:\n  type: version\n  keepAmount: 3\n",
    },
  ],
  async run({ properties, services: { namespaceFiles }, log }) {
    const { filePattern, behavior } = properties;
    if (namespaceFiles.purgeVersions === undefined) {
      log.info("Only the current version of a namespace file is stored, so there are no old versions to purge");
      return { size: 0 };
    }
    const { before, keepAmount = before === undefined ? 1 : undefined } = behavior ?? {};
    const all = namespaceFiles.namespaces?.bind(namespaceFiles);
    let size = 0;
    for (const namespace of await selectedNamespaces(properties, all))
      size += await namespaceFiles.purgeVersions(namespace, {
        ...(filePattern === undefined ? {} : { globs: [withoutLeadingSlash(filePattern)] }),
        ...(before === undefined ? {} : { before }),
        ...(keepAmount === undefined ? {} : { keepAmount }),
      });
    return { size };
  },
});

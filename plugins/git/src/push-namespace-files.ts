import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { defineTask, dynamic, listOrText, placeInside, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { openForPush, pushChanges, pushOutputs, pushProperties, removeFiles } from "./push-changes.ts";
import { isSelected } from "./selection.ts";

const TYPE = "io.kestra.plugin.git.PushNamespaceFiles";

/** Makes the files in a branch those of a namespace. */
export const pushNamespaceFiles = defineTask({
  type: TYPE,
  title: "Push namespace files to a Git branch",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pushProperties(),
      gitDirectory: text().default("_files").describe("Folder of the files in the repository."),
      namespace: text().optional().describe("Namespace of the files. Default: that of this flow."),
      files: listOrText()
        .optional()
        .describe("Globs of the files to push; only these are removed as well. Default: all."),
      errorOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is a failure that there is no such file."),
    }),
  outputs: () =>
    z.object({
      ...pushOutputs(),
      files: z
        .string()
        .describe("File with a line for each file that changed: `file`, `additions`, `deletions`, `changes`."),
    }),
  examples: [
    {
      title: "Push scripts",
      code:
        `id: push\ntype: ${TYPE}\nurl: https://github.com/example/flows\nbranch: develop\nusername: example\n` +
        `password: "{{ secret('GITHUB_TOKEN') }}"\nnamespace: company.team\nfiles: ["scripts/**"]\n`,
    },
  ],
  async run(context) {
    const { properties, services, identity } = context;
    const { gitDirectory, namespace = identity.namespace, files: globs } = properties;
    const paths = (await services.namespaceFiles.list(namespace)).filter((path) => isSelected(path, globs));
    if (paths.length === 0 && properties.errorOnMissing)
      throw new TaskFailure(`The namespace ${namespace} has no files that \`files\` means.`);
    await using repository = await openForPush(context, gitDirectory);
    const before = await repository.files();
    for (const path of paths) {
      const target = placeInside(repository.folder, path);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await services.namespaceFiles.read(namespace, path), createWriteStream(target));
    }
    if (properties.delete)
      await removeFiles(
        repository,
        before.filter((path) => isSelected(path, globs) && !paths.includes(path)),
      );
    const { diff, ...commit } = await pushChanges(context, repository, "files");
    return { ...commit, files: diff };
  },
});

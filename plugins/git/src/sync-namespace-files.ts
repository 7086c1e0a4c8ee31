import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { defineTask, dynamic, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { openRepositoryFolder, refuseMissing, type RepositoryFolder } from "./repository-folder.ts";
import { storeReport, type Synced } from "./sync-report.ts";

const TYPE = "io.kestra.plugin.git.SyncNamespaceFiles";
/** Patterns of files that stay out, as in `.gitignore`. */
const IGNORE_FILE = ".kestraignore";

const properties = () =>
  z.object({
    ...connectionProperties(),
    branch: text().default("main").describe("Branch to read."),
    gitDirectory: text().default("_files").describe("Folder of the files in the repository."),
    namespace: text().optional().describe("Namespace of the files. Default: that of the flow."),
    delete: dynamic(z.boolean())
      .default(false)
      .describe("Whether files that are not in the repository are deleted here."),
    failOnMissingDirectory: dynamic(z.boolean()).default(true).describe("Whether a missing folder fails the task."),
    dryRun: dynamic(z.boolean()).default(false).describe("Whether it is only told what would be changed."),
  });

type Context = TaskContext<z.output<ReturnType<typeof properties>>>;

/** Makes the files of a namespace those of a branch. */
export const syncNamespaceFiles = defineTask({
  type: TYPE,
  title: "Take namespace files over from a Git branch",
  description: `What a file \`${IGNORE_FILE}\` in the folder names, as \`.gitignore\` does, is left out.`,
  properties,
  outputs: () =>
    z.object({ files: z.string().describe("File with a line for each file: `kestraPath`, `gitPath`, `syncState`.") }),
  examples: [
    {
      title: "Scripts and queries of a repository",
      code: `id: sync\ntype: ${TYPE}\nurl: https://github.com/example/flows\nbranch: main\nnamespace: company.team\ndelete: true\n`,
    },
  ],
  async run(context) {
    const {
      branch,
      gitDirectory,
      failOnMissingDirectory,
      dryRun,
      namespace = context.identity.namespace,
    } = context.properties;
    await using repository = await openRepositoryFolder(context, { branch, directory: gitDirectory });
    if (failOnMissingDirectory) await refuseMissing(repository, gitDirectory);
    const wanted = await wantedFiles(repository);
    const present = new Set(await context.services.namespaceFiles.list(namespace));
    const synced: Synced[] = [];
    for (const path of wanted)
      synced.push(await syncFile(repository, { path, namespace, isThere: present.has(path) }, context));
    const others = context.properties.delete ? [...present].filter((path) => !wanted.includes(path)) : [];
    if (!dryRun) for (const path of others) await context.services.namespaceFiles.delete(namespace, path);
    const removed = others.map((path) => ({ kestraPath: path, syncState: "DELETED" as const }));
    return { files: await storeReport("files", [...synced, ...removed], context, dryRun) };
  },
});

async function wantedFiles({ folder, files }: RepositoryFolder): Promise<readonly string[]> {
  const all = await files();
  if (!all.includes(IGNORE_FILE)) return all;
  const { default: ignore } = await import("ignore");
  return ignore()
    .add(await readFile(join(folder, IGNORE_FILE), "utf8"))
    .add(IGNORE_FILE)
    .filter(all);
}

async function syncFile(
  repository: RepositoryFolder,
  { path, namespace, isThere }: { readonly path: string; readonly namespace: string; readonly isThere: boolean },
  { services, properties: { dryRun } }: Context,
): Promise<Synced> {
  const local = join(repository.folder, path);
  const isSame =
    isThere &&
    (await digest(createReadStream(local))) === (await digest(await services.namespaceFiles.read(namespace, path)));
  if (!isSame && !dryRun) await services.namespaceFiles.put(namespace, path, createReadStream(local));
  const row = { kestraPath: path, gitPath: repository.gitPath(path) };
  return { ...row, syncState: isSame ? "UNCHANGED" : isThere ? "UPDATED" : "ADDED" };
}

async function digest(content: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of content) hash.update(piece as Buffer);
  return hash.digest("hex");
}

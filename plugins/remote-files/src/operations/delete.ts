import { defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf, parentOf, remotePath } from "../remote-path.ts";
import { entriesBelow, regExp, selected } from "./selection.ts";

/** Deletes files of another machine. */
export function remove(protocol: Protocol) {
  const type = `${protocol.prefix}.Delete`;
  return defineTask({
    type,
    title: `Delete files by ${protocol.name}`,
    description:
      "One file, an empty folder, or with `recursive` a folder with all that is in it. A link is deleted, and never what it leads to.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        uri: text().describe("Path of the file or folder."),
        errorOnMissing: dynamic(z.boolean())
          .default(false)
          .describe("Whether the task fails when nothing is there. Default: false."),
        recursive: dynamic(z.boolean())
          .default(false)
          .describe(
            "Whether a folder goes with all that is in it; with `regExp`, whether folders in it are looked into.",
          ),
        regExp: regExp().describe(
          "Deletes only files of the folder whose whole path matches this regular expression in Java's notation, and no folder.",
        ),
      }),
    outputs: () =>
      z.object({
        uri: z.string().describe("The address of `uri`."),
        deleted: z.boolean().describe("Whether anything was deleted."),
        uris: z.array(z.string()).describe("Addresses of what was deleted."),
      }),
    examples: [
      {
        title: "Delete old exports",
        code: `id: clean\ntype: ${type}\n${protocol.exampleLines}uri: /exports/\nregExp: ".*-2025-.*\\\\.csv"\n`,
      },
    ],
    run: (context) => run(context, protocol),
  });
}

type Properties = Readonly<Record<string, unknown>> & {
  readonly uri: string;
  readonly errorOnMissing: boolean;
  readonly recursive: boolean;
  readonly regExp?: string | undefined;
};

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties, log } = context;
  using session = await protocol.open(properties, context);
  const { files } = session;
  const path = remotePath(properties.uri, files.address);
  const uri = addressOf(files.address, path);
  const found = await files.stat(path);
  const doomed = found === undefined ? [] : await doomedBy(context, files, found);
  if (doomed.length === 0 && properties.errorOnMissing)
    throw new TaskFailure(
      `There is nothing to delete: ${uri} ${found === undefined ? "is not there" : "holds no match"}.`,
    );
  await removeEntries(files, doomed);
  log.info(`Deleted ${doomed.length} files and folders at ${uri}`);
  return { uri, deleted: doomed.length > 0, uris: doomed.map((entry) => addressOf(files.address, entry.path)) };
}

/** Deletes what `doomedBy` has found. */
export async function removeEntries(files: RemoteFiles, doomed: readonly RemoteEntry[]): Promise<void> {
  for (const entry of doomed) {
    if (entry.kind === "FOLDER" && !entry.isLink) await files.removeFolder(entry.path);
    else await files.removeFile(entry.path);
  }
}

/** What is to go, each before the folder that it is in. */
export async function doomedBy(
  context: Pick<TaskContext<Pick<Properties, "recursive" | "regExp">>, "properties" | "evaluate">,
  files: RemoteFiles,
  found: RemoteEntry,
): Promise<readonly RemoteEntry[]> {
  const { regExp: pattern, recursive } = context.properties;
  if (pattern !== undefined) {
    const matching = await selected(context, files, { from: found.path, regExp: pattern, recursive });
    return matching.filter(({ kind, isLink }) => kind !== "FOLDER" || isLink);
  }
  if (found.kind !== "FOLDER") return [found];
  if (found.path === "/")
    throw new TaskFailure("`uri` is the whole of the user's folder, which is not deleted: name a path in it.");
  // Not all servers tell of a path alone whether it is a link.
  const siblings = await files.list(parentOf(found.path));
  const { isLink } = siblings.find(({ path }) => path === found.path) ?? found;
  if (isLink || !recursive) return [{ ...found, isLink }];
  const below: RemoteEntry[] = [];
  for await (const entry of entriesBelow(files, found.path, true)) below.push(entry);
  // Folders are listed before what is in them.
  return [found, ...below].toReversed();
}

import { defineTask, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf, remotePath } from "../remote-path.ts";
import { listed, listedFile } from "./file-outputs.ts";
import { type Action, action, leaveBehind, moveDirectory, moveTarget } from "./leave-behind.ts";
import { firstOf, maxFiles, recursive, regExp, selected, type Selection } from "./selection.ts";
import { type StoredFile, storeFile } from "./store-file.ts";
import { isUnfinished } from "./unfinished-file.ts";

/** Files of another machine become ones of the execution, and are moved or deleted then. */
export function downloads(protocol: Protocol) {
  const type = `${protocol.prefix}.Downloads`;
  return defineTask({
    type,
    title: `Download many files by ${protocol.name}, and move or delete them`,
    description: "Files are moved or deleted when all of them are stored.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: text().describe("The folder at the server."),
        action: action().optional(),
        moveDirectory: moveDirectory(),
        regExp: regExp(),
        recursive: recursive(),
        maxFiles: maxFiles("How many files are taken at most; that there are more is told with a warning."),
      }),
    outputs: () =>
      z.object({
        files: z.array(listedFile()).describe("The files; `path` is where each is stored."),
        outputFiles: z.record(z.string(), z.string()).describe("The stored file of each path below `from`."),
      }),
    examples: [
      {
        title: "Take what has arrived",
        code:
          `id: take\ntype: ${type}\n${protocol.exampleLines}from: /inbox/\nregExp: ".*\\\\.csv"\n` +
          "action: MOVE\nmoveDirectory: /archive/\n",
      },
    ],
    run: (context) => run(context, protocol),
  });
}

type Properties = Readonly<Record<string, unknown>> & {
  readonly from: string;
  readonly action?: "MOVE" | "DELETE" | "NONE" | undefined;
  readonly moveDirectory?: string | undefined;
  readonly regExp?: string | undefined;
  readonly recursive: boolean;
  readonly maxFiles: number;
};

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties } = context;
  using session = await protocol.open(properties, context);
  const { files } = session;
  const from = remotePath(properties.from, files.address);
  const { stored, outputFiles } = await storeSelected(context, files, { ...properties, from });
  return { files: stored.map(({ entry, uri }) => listed(entry, uri)), outputFiles };
}

/** Stores the files that are meant, then moves or deletes them. */
export async function storeSelected(
  context: Pick<TaskContext<unknown>, "evaluate" | "files" | "log" | "metric" | "signal">,
  files: RemoteFiles,
  chosen: Selection & Action & { readonly maxFiles: number },
): Promise<{ readonly stored: readonly StoredFile[]; readonly outputFiles: Readonly<Record<string, string>> }> {
  const { log, metric } = context;
  const { from, action: leaving = "NONE" } = chosen;
  const found = await selected(context, files, chosen);
  const wanted = found.filter((entry) => entry.kind === "FILE" && !isUnfinished(entry));
  const taken = firstOf(wanted, chosen.maxFiles, log);
  checkTargets(files, taken, chosen);
  const stored: StoredFile[] = [];
  for (const { path } of taken) stored.push(await storeFile(context, files, path));
  for (const { entry } of leaving === "NONE" ? [] : stored) await leaveBehind(files, entry, chosen, log);
  const bytes = stored.reduce((sum, { entry }) => sum + entry.sizeBytes, 0);
  metric({ name: "file.size", type: "counter", value: bytes });
  log.info(`Downloaded ${stored.length} files of ${bytes} bytes from ${addressOf(files.address, from)}`);
  const below = (path: string) => (path === from ? 0 : from === "/" ? 1 : from.length + 1);
  return {
    stored,
    outputFiles: Object.fromEntries(stored.map(({ entry: { path }, uri }) => [path.slice(below(path)), uri])),
  };
}

/** Of two files that go to the same place, one would be lost. */
function checkTargets(files: RemoteFiles, entries: readonly RemoteEntry[], chosen: Action): void {
  const targetOf = moveTarget(chosen, files);
  const known = new Map<string, string>();
  for (const { path } of targetOf === undefined ? [] : entries) {
    const target = targetOf!(path);
    const other = known.get(target);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${path} would both be moved to ${target}, and one of them be lost. Nothing was moved; take one folder at a time.`,
      );
    known.set(target, path);
  }
}

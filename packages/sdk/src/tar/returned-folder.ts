import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { TaskLogger } from "../context.ts";
import { OWN_FILES_PREFIX } from "../working-files.ts";
import { unpackFolder } from "./unpack-folder.ts";

/** A working folder that a command has had elsewhere. */
export interface ReturnedFolder {
  /** The worker's. */
  readonly folder: string;
  /** The folder in it for outputs, where the command has one. */
  readonly outputFolder: string | undefined;
  /** Paths, relative to the folder, of the files that were sent with the command. */
  readonly sent: ReadonlySet<string>;
  readonly log: TaskLogger;
}

/**
 * Brings a working folder back from where its command ran, as an archive of that folder, which is not trusted. What was sent and is
 * gone there goes here, too. Files that tasks keep for themselves stay behind, except for those of the folder of outputs.
 */
export async function unpackReturned(
  archive: AsyncIterable<Uint8Array>,
  { folder, outputFolder, sent, log }: ReturnedFolder,
): Promise<void> {
  const outputs = outputFolder === undefined ? undefined : basename(outputFolder);
  const isWanted = (path: string) => {
    const [top = ""] = path.split("/");
    return !top.startsWith(OWN_FILES_PREFIX) || top === outputs;
  };
  const kept = await unpackFolder(archive, folder, { isWanted, log });
  for (const path of sent) if (isWanted(path) && !kept.has(path)) await rm(join(folder, path), { force: true });
}

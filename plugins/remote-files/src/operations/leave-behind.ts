import { dynamic, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { z } from "zod";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf, joined, nameOf, parentOf, remotePath } from "../remote-path.ts";
import { makeFolders } from "./send-file.ts";
import { versionOf } from "./store-file.ts";

/** What becomes of files at the server once they are stored. */
export const action = () =>
  dynamic(z.enum(["MOVE", "DELETE", "NONE"])).describe(
    "What becomes of the files at the server: MOVE them to `moveDirectory`, DELETE them, or NONE.",
  );
export const moveDirectory = () =>
  text()
    .optional()
    .describe("The folder that `action: MOVE` moves them to; it is made. A file of the same name there is replaced.");

export interface Action {
  readonly action?: "MOVE" | "DELETE" | "NONE" | undefined;
  readonly moveDirectory?: string | undefined;
}

/** Where each path is to go with MOVE; undefined for the other actions. Throws `TaskFailure` for MOVE to nowhere. */
export function moveTarget({ action: chosen, moveDirectory: written }: Action, { address }: RemoteFiles) {
  if (chosen !== "MOVE") return undefined;
  if (written === undefined || written.trim() === "")
    throw new TaskFailure("`action: MOVE` needs `moveDirectory`, the folder to move the files to.");
  const folder = remotePath(written, address);
  return (path: string) => joined(folder, nameOf(path));
}

/** A file that was stored. */
export type Handled = Pick<RemoteEntry, "path" | "version" | "sizeBytes" | "updatedAt">;

/** Moves or deletes a file, if it is still the one that was stored; another one by now is left. Answers whether it was the same. */
export async function leaveBehind(
  files: RemoteFiles,
  handled: Handled,
  chosen: Action,
  log: TaskLogger,
): Promise<boolean> {
  const target = moveTarget(chosen, files)?.(handled.path);
  if (target === handled.path) return true;
  const found = await files.stat(handled.path);
  if (found === undefined) return true;
  if (versionOf(found) !== versionOf(handled)) {
    log.info(`${addressOf(files.address, handled.path)} has changed since it was stored, and stays.`);
    return false;
  }
  if (target === undefined) await files.removeFile(handled.path);
  else {
    await makeFolders(files, parentOf(target));
    await files.rename(handled.path, target, true);
  }
  return true;
}

import { type LocalFiles, TaskFailure } from "@capstan/sdk";
import type { Action } from "../operations/leave-behind.ts";
import { localPath } from "./local-path.ts";

/**
 * What is to become of files, with its folder in one spelling. Throws `TaskFailure` where flows may not change what that takes: before
 * anything is stored, and not when it is too late.
 */
export async function actionPlace(
  localFiles: LocalFiles,
  { action = "NONE", moveDirectory }: Action,
  from: string,
): Promise<Action> {
  if (action === "NONE") return { action };
  await localFiles.locate(from, "write");
  if (action === "DELETE") return { action };
  if (moveDirectory === undefined || moveDirectory.trim() === "")
    throw new TaskFailure("`action: MOVE` needs `moveDirectory`, the folder to move the files to.");
  const folder = localPath("moveDirectory", moveDirectory);
  await localFiles.locate(folder, "write");
  return { action, moveDirectory: folder };
}

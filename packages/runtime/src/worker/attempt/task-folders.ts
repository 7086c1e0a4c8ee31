import { lstatSync, mkdtempSync, readdirSync, unlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Temporary folders for tasks. To make one and to remove it waits for the file system's journal, which waits for the store's commits:
 * a millisecond and more for a command that writes no file at all. So a folder that is easily emptied serves the next task. What
 * takes microseconds is done at once: to hand it to another thread takes longer.
 */
export interface TaskFolders {
  /** An empty folder that is nobody else's. */
  take(): string;
  /** Removes all that is in a folder, and the folder itself, unless it `mayServeAgain` and there is little in it. */
  giveBack(path: string, mayServeAgain: boolean): Promise<void>;
}

/** Folders that wait for a task, at most. */
const KEPT_MAX = 64;
/** Files that are removed one by one. */
const FILES_MAX = 16;
const OWNER_ONLY = 0o700;

/** `parent` exists, and is removed by somebody else in the end. */
export function createTaskFolders(parent: string): TaskFolders {
  const kept: string[] = [];
  return {
    take: () => kept.pop() ?? mkdtempSync(join(parent, "task-")),
    giveBack: async (path, mayServeAgain) => {
      if (mayServeAgain && kept.length < KEPT_MAX && isEmptied(path)) kept.push(path);
      // Processes that were just killed may still be writing; rm tries again when a folder is not empty after all.
      else await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Removes the few files of a folder; answers whether it is as it was taken. */
function isEmptied(path: string): boolean {
  try {
    // Not of what a link in its place leads to: that is not ours to empty.
    const stat = lstatSync(path);
    if (!stat.isDirectory() || (stat.mode & 0o7777) !== OWNER_ONLY) return false;
    const entries = readdirSync(path, { withFileTypes: true });
    if (entries.length > FILES_MAX || !entries.every((entry) => entry.isFile())) return false;
    for (const { name } of entries) unlinkSync(join(path, name));
    return true;
  } catch {
    return false; // A task may remove its own folder.
  }
}

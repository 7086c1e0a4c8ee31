import { readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Temporary folders for tasks. To make one and to remove it waits for the file system's journal, which waits for the store's commits:
 * a millisecond and more for a command that writes no file at all. So a folder that was left empty serves the next task.
 */
export interface TaskFolders {
  /** An empty folder that is nobody else's. */
  take(): Promise<string>;
  /** Removes a folder with all that is in it, or keeps it for the next task when `mayServeAgain` and it is as it was taken. */
  giveBack(path: string, mayServeAgain: boolean): Promise<void>;
}

/** Folders that wait for a task, at most. */
const KEPT_MAX = 64;
const OWNER_ONLY = 0o700;

/** `parent` exists, and is removed by somebody else in the end. */
export function createTaskFolders(parent: string): TaskFolders {
  const kept: string[] = [];
  return {
    take: async () => kept.pop() ?? mkdtemp(join(parent, "task-")),
    giveBack: async (path, mayServeAgain) => {
      if (mayServeAgain && kept.length < KEPT_MAX && isUntouched(path)) kept.push(path);
      // Processes that were just killed may still be writing; rm tries again when a folder is not empty after all.
      else await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function isUntouched(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isDirectory() && (stat.mode & 0o7777) === OWNER_ONLY && readdirSync(path).length === 0;
  } catch {
    return false; // A task may remove its own folder.
  }
}

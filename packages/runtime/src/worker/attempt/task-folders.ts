import { type BigIntStats, lstatSync, mkdtempSync, readdirSync, unlinkSync } from "node:fs";
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

/**
 * A folder that was empty for so long before a task took it, in milliseconds, shows by the time of its last change whether the task
 * changed anything: kernels count in steps of ten milliseconds at most, where a file system doesn't in longer ones.
 */
const SETTLED_MS = 100;
const NS_PER_MS = 1_000_000n;

/** How a folder was when it was empty. */
interface Emptied {
  readonly stat: BigIntStats;
  readonly sinceMs: number;
  /** Its file system counts in less than milliseconds. */
  readonly isFine: boolean;
  /** Long enough before it was taken. */
  isSettled: boolean;
}

/** `parent` exists, and is removed by somebody else in the end. `elapsedMs` is a clock that never goes back. */
export function createTaskFolders(parent: string, elapsedMs = () => performance.now()): TaskFolders {
  const kept: string[] = [];
  const emptied = new Map<string, Emptied>();
  const take = (path: string): string => {
    const known = emptied.get(path);
    if (known !== undefined) known.isSettled ||= known.isFine && elapsedMs() - known.sinceMs >= SETTLED_MS;
    return path;
  };
  /** Looks no further than at the folder itself, which is all there is to do for a command that writes no file. */
  const isUntouched = (path: string): boolean => {
    const { stat, isSettled = false } = emptied.get(path) ?? {};
    const now = isSettled ? lstatSync(path, { bigint: true, throwIfNoEntry: false }) : undefined;
    return now !== undefined && now.ino === stat?.ino && now.ctimeNs === stat.ctimeNs;
  };
  const isEmptyAgain = (path: string): boolean => {
    if (isUntouched(path)) return true;
    emptied.delete(path);
    if (!isEmptied(path)) return false;
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return false;
    const isFine = stat.ctimeNs % NS_PER_MS !== 0n;
    emptied.set(path, { stat, sinceMs: elapsedMs(), isFine, isSettled: false });
    return true;
  };
  return {
    take: () => take(kept.pop() ?? mkdtempSync(join(parent, "task-"))),
    giveBack: async (path, mayServeAgain) => {
      if (mayServeAgain && kept.length < KEPT_MAX && isEmptyAgain(path)) kept.push(path);
      else {
        emptied.delete(path);
        // Processes that were just killed may still be writing; rm tries again when a folder is not empty after all.
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
      }
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

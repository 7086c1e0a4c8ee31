import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Content } from "../../content.ts";
import { isMissing } from "./folder-errors.ts";

/** Unfinished files of a process that died are swept after this time; a living one may still be writing younger ones. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * Writes a file whole: into `workFolder` (of the same file system), flushed, then renamed into place. Readers see the
 * old content or the new one, also after a power cut.
 */
export async function writeAtomically(target: string, workFolder: string, content: Content): Promise<void> {
  const unfinished = join(workFolder, randomUUID());
  try {
    await writeAll(unfinished, content);
    const firstMade = await moveInto(unfinished, target);
    await flushFolders(dirname(target), firstMade);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** How often a folder may be removed by somebody else while it is still empty. */
const ATTEMPTS_MAX = 10;

/** Makes the folder and moves the file into it; answers the first folder that was made. */
async function moveInto(unfinished: string, target: string, attempt = 1): Promise<string | undefined> {
  const firstMade = await mkdir(dirname(target), { recursive: true });
  try {
    await rename(unfinished, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === ATTEMPTS_MAX) throw error;
    const madeAgain = await moveInto(unfinished, target, attempt + 1);
    return firstMade ?? madeAgain;
  }
  return firstMade;
}

async function writeAll(path: string, content: Content): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is durable once its folder is flushed; new folders are names in theirs. */
async function flushFolders(folder: string, firstMade: string | undefined): Promise<void> {
  await flushFolder(folder);
  if (firstMade === undefined) return;
  const last = dirname(firstMade);
  for (let current = folder; current !== last;) {
    current = dirname(current);
    await flushFolder(current);
  }
}

async function flushFolder(folder: string): Promise<void> {
  // Windows has no such thing: it keeps its folders itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what dead processes left unfinished. What living ones are writing may be finished, and gone from here, at any moment. */
export async function sweepAbandoned(workFolder: string, now: number): Promise<void> {
  for (const name of await readdir(workFolder)) {
    const path = join(workFolder, name);
    const found = await stat(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      return undefined;
    });
    if (found !== undefined && now - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

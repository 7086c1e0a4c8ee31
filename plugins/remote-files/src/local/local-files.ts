import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { type LocalFiles, TaskFailure } from "@capstan/sdk";
import { unfinishedPath } from "../operations/unfinished-file.ts";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { isName, joined, nameOf, parentOf } from "../remote-path.ts";

/** Entries of a folder that are looked at together. */
const AT_ONCE = 64;
const FOLLOW_NOTHING = constants.O_NOFOLLOW;
const NEW_OR_EMPTIED = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | FOLLOW_NOTHING;
const MODE_BITS = 0o7777n;
/** Those of a copy: rights that go with an owner are not given to another. */
const COPIED_MODE_BITS = 0o777;
/** Why a file gets no second name. */
const UNLINKABLE = ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"];
const NEW_MODE = 0o666;

/** Files of the machine that the task runs on. */
export interface LocalPlace extends RemoteFiles {
  /** Makes a file that is complete when it is there, with the mode of the one that it is a copy of. Answers its bytes. */
  copy(from: string, to: string, overwrite: boolean): Promise<number>;
}

/**
 * The folders of this machine that flows may use, in the shape of another machine's. Each path goes through `guard`, and what is opened
 * then is the real place that it answers, where nothing follows a link again.
 */
export function localPlace(guard: LocalFiles, signal: AbortSignal): LocalPlace {
  /** A link itself, and not what it leads to. */
  const spot = async (path: string) => join(await guard.locate(parentOf(path), "write"), nameOf(path));
  const place: LocalPlace = {
    address: "file://",
    pathAdvice: "check the path.",
    isOpen: () => true,
    stat: (path) => told("Looking at", path, () => entryAt(guard, path)),
    list: (folder) =>
      told("Listing", folder, async () => {
        const real = await guard.locate(folder, "read");
        const names = (await readdir(real)).filter(isName);
        const entries: (RemoteEntry | undefined)[] = [];
        for (let next = 0; next < names.length; next += AT_ONCE) {
          signal.throwIfAborted();
          const some = names.slice(next, next + AT_ONCE);
          entries.push(...(await Promise.all(some.map((name) => listedEntry(guard, real, joined(folder, name))))));
        }
        return entries.filter((entry) => entry !== undefined);
      }),
    read: (path, use) =>
      told("Reading", path, async () => {
        await using handle = await open(await guard.locate(path, "read"), constants.O_RDONLY | FOLLOW_NOTHING);
        const content = addAbortSignal(signal, handle.createReadStream({ autoClose: false }));
        content.on("error", () => undefined); // Whoever reads it is told; before that, nobody listens.
        try {
          return await use(content);
        } finally {
          content.destroy();
        }
      }),
    write: (path, content) =>
      told("Writing", path, async () => writeWhole(await guard.locate(path, "write"), content, NEW_MODE)),
    async rename(from, to, overwrite) {
      try {
        await told("Moving", from, async () => moveTo(await spot(from), await spot(to), { to, overwrite }));
      } catch (error) {
        if (!hasCode(error, "EXDEV")) throw error;
        await moveAcross(place, from, to, overwrite);
      }
    },
    removeFile: (path) => told("Deleting", path, async () => unlink(await spot(path))),
    removeFolder: (path) => told("Deleting", path, async () => rmdir(await spot(path))),
    makeFolder: (path) => told("Making the folder", path, async () => mkdir(await spot(path))),
    copy: (from, to, overwrite) => told("Copying", from, () => copyWhole(place, guard, { from, to, overwrite })),
  };
  /** Says what was done when it went wrong. */
  async function told<Result>(doing: string, path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TaskFailure || !(error instanceof Error)) throw error;
      throw new TaskFailure(`${doing} ${path} failed: ${error.message}.`, { cause: error });
    }
  }
  return place;
}

async function entryAt(guard: LocalFiles, path: string): Promise<RemoteEntry | undefined> {
  const real = await guard.locate(path, "read");
  try {
    const [facts, own] = await Promise.all([stat(real, { bigint: true }), lstat(path)]);
    return entryOf(path, facts, own.isSymbolicLink());
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Undefined for what is gone by now. A link to where flows may not look has its own facts. */
async function listedEntry(guard: LocalFiles, folder: string, path: string): Promise<RemoteEntry | undefined> {
  try {
    const facts = await lstat(join(folder, nameOf(path)), { bigint: true });
    if (!facts.isSymbolicLink()) return entryOf(path, facts, false);
    const target = await entryAt(guard, path).catch(() => undefined);
    return target ?? entryOf(path, facts, true);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function entryOf(path: string, facts: BigIntStats, isLink: boolean): RemoteEntry {
  return {
    path,
    name: nameOf(path),
    kind: facts.isDirectory() ? "FOLDER" : facts.isFile() ? "FILE" : "OTHER",
    isLink,
    sizeBytes: Number(facts.size),
    // A file that is replaced or written again within a second is another one.
    version: `${facts.size}:${facts.mtimeNs}`,
    updatedAt: Number(facts.mtimeMs),
    accessedAt: Number(facts.atimeMs),
    createdAt: Number(facts.birthtimeMs),
    userId: Number(facts.uid),
    groupId: Number(facts.gid),
    permissions: Number(facts.mode & MODE_BITS),
  };
}

/** In one step. Without `overwrite` it never replaces anything, whoever is quicker. */
async function moveTo(
  source: string,
  target: string,
  { to, overwrite }: { readonly to: string; readonly overwrite: boolean },
): Promise<void> {
  if (overwrite || !(await isLinked(source, target, to))) await rename(source, target);
  else await unlink(source);
  await syncFolder(dirname(target));
}

/** Gives a file a second name. False for folders, and where the file system has no such names. */
async function isLinked(source: string, target: string, to: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST"))
      throw new TaskFailure(`${to} is there already. Choose another path, or set \`overwrite: true\`.`, {
        cause: error,
      });
    if (UNLINKABLE.some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

/** Names are of the folder, and are to stay as the content does. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    // Not all file systems do that, nor need it.
    if (!["EINVAL", "ENOTSUP", "EACCES", "EPERM"].some((code) => hasCode(error, code))) throw error;
  }
}

/** What is written stays, also if the machine stops the moment after. */
async function writeWhole(real: string, content: Readable, mode: number): Promise<void> {
  await using handle: FileHandle = await open(real, NEW_OR_EMPTIED, mode);
  for await (const piece of content as AsyncIterable<Buffer>) await handle.writeFile(piece);
  await handle.sync();
}

async function copyWhole(
  place: LocalPlace,
  guard: LocalFiles,
  { from, to, overwrite }: { readonly from: string; readonly to: string; readonly overwrite: boolean },
): Promise<number> {
  const source = await place.stat(from);
  if (source?.kind !== "FILE") throw new TaskFailure(`${from} is no file, and only files are copied.`);
  const mode = (source.permissions ?? NEW_MODE) & COPIED_MODE_BITS;
  const unfinished = unfinishedPath(to);
  try {
    await place.read(from, async (content) => writeWhole(await guard.locate(unfinished, "write"), content, mode));
    await place.rename(unfinished, to, overwrite);
  } catch (error) {
    await removeQuietly(guard, unfinished);
    throw error;
  }
  return source.sizeBytes;
}

/** What is not there any more need not be removed; and why a copy failed is known. */
async function removeQuietly(guard: LocalFiles, path: string): Promise<void> {
  await unlink(await guard.locate(path, "write")).catch(() => undefined);
}

/** To another file system, where nothing can be renamed to. */
async function moveAcross(place: LocalPlace, from: string, to: string, overwrite: boolean): Promise<void> {
  const found = await place.stat(from);
  if (found?.kind !== "FILE" || found.isLink)
    throw new TaskFailure(
      `${from} can't be moved to ${to}: that is another file system, and only files are moved from one to another.`,
    );
  await place.copy(from, to, overwrite);
  await place.removeFile(from);
}

/** Of an error, or of what it was made of. */
function hasCode(error: unknown, code: string): boolean {
  const { cause } = error as { readonly cause?: unknown };
  return [error, cause].some((one) => (one as NodeJS.ErrnoException | undefined)?.code === code);
}

import { lstat, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TaskFailure } from "./definition.ts";

/** Folders of the machine that flows may use, as its operator names them; absolute paths. */
export interface LocalFolders {
  readonly readable: readonly string[];
  /** These are readable as well. */
  readonly writable: readonly string[];
}

export const NO_LOCAL_FOLDERS: LocalFolders = { readable: [], writable: [] };

/** The files of the machine that a task runs on, as far as its operator lets flows use them. */
export interface LocalFiles {
  /**
   * Where a place really is, with all links followed: only that may be opened, never the path that was asked for. Takes an absolute path
   * or a `file://` address; nothing needs to be there. Throws `TaskFailure` for a place that flows may not use so, and names the option
   * of the server that would allow it.
   */
  locate(written: string, access: "read" | "write"): Promise<string>;
}

/** The one guard of all ways to local files: that of `file://` addresses, and that of plugins. */
export function createLocalFiles({ readable, writable }: LocalFolders): LocalFiles {
  const folders = { read: [...readable, ...writable], write: writable };
  return {
    async locate(written, access) {
      const path = pathOf(written);
      const roots = await Promise.all(folders[access].map(rootOf));
      // What lies elsewhere is not even looked at: nothing is told of whether it is there.
      if (!roots.some((root) => isWithin(root.path, path) || isWithin(root.place, path)))
        throw refusal(written, access);
      const real = await realPlace(path);
      if (roots.some(({ place }) => isWithin(place, real))) return real;
      throw refusal(written, access, true);
    },
  };
}

/** An allowed folder by its name, and where it is. One that can't be reached stands in the way of no other. */
async function rootOf(folder: string): Promise<{ readonly path: string; readonly place: string }> {
  const path = resolve(folder);
  return { path, place: await realPlace(path).catch(() => path) };
}

/** Of a `file://` address, or of a path that is one itself. Throws `TaskFailure` for anything else. */
function pathOf(written: string): string {
  const path = written.startsWith("file:") ? addressed(written) : written;
  if (path !== undefined && isAbsolute(path) && !path.includes("\0")) return resolve(path);
  throw new TaskFailure(
    `"${written}" is no place on this machine: give an absolute path such as /data/in, or file:///data/in.`,
  );
}

function addressed(written: string): string | undefined {
  if (!written.startsWith("file:///")) return undefined;
  try {
    return fileURLToPath(written);
  } catch {
    return undefined; // With an encoded slash, for example.
  }
}

/** Follows links as far as there is anything, also a last one that leads to nothing yet. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw unreachable(path, error);
  }
  const parent = dirname(path);
  if (parent === path) return path;
  const place = join(await realPlace(parent), basename(path));
  const target = await linkTarget(place);
  return target === undefined ? place : realPlace(resolve(dirname(place), target));
}

async function linkTarget(place: string): Promise<string | undefined> {
  try {
    return (await lstat(place)).isSymbolicLink() ? await readlink(place) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreachable(place, error);
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function refusal(written: string, access: "read" | "write", isByLink = false): TaskFailure {
  const option = access === "read" ? "localFiles.readablePaths" : "localFiles.writablePaths";
  const what = isByLink ? "leads through a link to what is in none of the folders" : "is in none of the folders";
  return new TaskFailure(
    `The file ${written} ${what} that flows may ${access}: an operator can name its folder in the server's option ${option}.`,
  );
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function unreachable(path: string, error: unknown): TaskFailure {
  return new TaskFailure(`The file ${path} can't be reached: ${(error as Error).message}.`, { cause: error });
}

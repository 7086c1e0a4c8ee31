import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat, type FileHandle } from "node:fs/promises";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { consume } from "../../content.ts";
import { StorageError } from "../../errors.ts";
import { compareNames } from "../../name-order.ts";
import type { FileStat, Storage } from "../../storage.ts";
import { checkTenant, formatUri, pathOf } from "../../uri.ts";
import { sweepAbandoned, writeAtomically } from "./atomic-file.ts";
import { isMissing, toStorageError } from "./folder-errors.ts";
import { placeOf, type Place } from "./tenant-folder.ts";

export interface LocalStorageOptions {
  /** Made when it is missing. Several storages, also of several processes, may share it. */
  readonly directory: string;
}

/** Can't be a tenant's name: those begin with a letter or a digit. */
const WORK_FOLDER = ".unfinished";

/** Internal storage in a folder of this machine: one folder for each tenant, files at their paths. */
export function createLocalStorage({ directory }: LocalStorageOptions): Storage {
  let root: string | undefined;

  /** Runs with the place of a path, and gives errors of the file system their code. */
  const at = async <Result>(tenant: string, uriOrPath: string, work: (place: Place) => Promise<Result>) => {
    if (root === undefined) throw new StorageError("storage-closed", `${directory} was not started or was stopped`);
    const path = pathOf(uriOrPath);
    try {
      return await work(await placeOf(join(root, checkTenant(tenant)), path));
    } catch (error) {
      throw toStorageError(error, path);
    }
  };
  return {
    start: async () => {
      try {
        await mkdir(join(directory, WORK_FOLDER), { recursive: true });
        await sweepAbandoned(join(directory, WORK_FOLDER), Date.now());
        root = await realpath(directory);
      } catch (error) {
        throw toStorageError(error, directory);
      }
    },
    stop: async () => {
      root = undefined;
    },
    put: (tenant, path, content) =>
      consume(content, () =>
        at(tenant, path, async (place) => {
          await writeAtomically(inside(place), join(root!, WORK_FOLDER), content);
          return formatUri(place.path);
        }),
      ),
    read: (tenant, uriOrPath, range) => at(tenant, uriOrPath, (place) => readPlace(place, range)),
    stat: (tenant, uriOrPath) => at(tenant, uriOrPath, statPlace),
    list: (tenant, folder) => at(tenant, folder, listPlace),
    walk: (tenant, folder) => walk(() => at(tenant, folder, async (place) => place)),
    createFolder: (tenant, path) =>
      at(tenant, path, async ({ location }) => void (await mkdir(location, { recursive: true }))),
    removeEmptyFolder: (tenant, path) => at(tenant, path, removeEmptyPlace),
    move: (tenant, from, to) => at(tenant, from, (source) => at(tenant, to, (target) => movePlace(source, target))),
    delete: (tenant, uriOrPath) => at(tenant, uriOrPath, deletePlace),
  };
}

/** The location of anything but the tenant's own folder. */
function inside({ path, location }: Place): string {
  if (path === "/") throw new StorageError("path-invalid", "/ is the tenant's own folder");
  return location;
}

async function readPlace({ path, location }: Place, range?: Parameters<Storage["read"]>[2]): Promise<Readable> {
  const file = await openFile(path, location);
  const { start = 0, end } = range ?? {};
  return file.createReadStream({ start, ...(end !== undefined && { end }) });
}

async function openFile(path: string, location: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(location, "r");
  } catch (error) {
    throw isMissing(error) ? new StorageError("file-not-found", path, { cause: error }) : error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new StorageError("file-not-found", `${path} is a folder`);
}

async function statPlace({ path, location }: Place): Promise<FileStat | undefined> {
  try {
    return describe(path, await stat(location));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function describe(path: string, stats: Stats): FileStat {
  return {
    path,
    name: basename(path),
    type: stats.isDirectory() ? "folder" : "file",
    sizeBytes: stats.isDirectory() ? 0 : stats.size,
    modifiedAt: Math.floor(stats.mtimeMs),
    createdAt: Math.floor(stats.birthtimeMs),
  };
}

/** Symbolic links and other strangers are not listed; what goes while we look is left out. */
async function listPlace({ path, location }: Place): Promise<readonly FileStat[]> {
  try {
    const entries = await readdir(location, { withFileTypes: true });
    const known = entries.filter((entry) => entry.isFile() || entry.isDirectory());
    const names = known.map((entry) => entry.name).toSorted(compareNames);
    const stats = names.map((name) =>
      statPlace({ path: path === "/" ? `/${name}` : `${path}/${name}`, location: join(location, name) }),
    );
    return (await Promise.all(stats)).filter((stat) => stat !== undefined);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * Folders count as their name with a slash, so that the paths of all files come out sorted. What is below a checked place and is no
 * link is not checked again, so that a folder costs the same however deep it is.
 */
async function* walk(start: () => Promise<Place>): AsyncGenerator<FileStat, void, undefined> {
  const open: (Place & { readonly file?: FileStat })[] = [await start()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.file !== undefined) yield next.file;
    else for (const entry of await sortedEntries(next)) open.push(openedIn(next, entry));
  }
}

function openedIn({ location }: Place, entry: FileStat): Place & { readonly file?: FileStat } {
  const place = { path: entry.path, location: join(location, entry.name) };
  return entry.type === "file" ? { ...place, file: entry } : place;
}

/** Last first. */
async function sortedEntries(place: Place): Promise<readonly FileStat[]> {
  try {
    const sortName = (entry: FileStat): string => (entry.type === "folder" ? `${entry.name}/` : entry.name);
    return (await listPlace(place)).toSorted((left, right) => compareNames(sortName(right), sortName(left)));
  } catch (error) {
    throw toStorageError(error, place.path);
  }
}

async function movePlace(source: Place, target: Place): Promise<void> {
  if ((await statPlace(source)) === undefined) throw new StorageError("file-not-found", source.path);
  if ((await statPlace(target)) !== undefined) throw new StorageError("file-exists", target.path);
  if (target.path.startsWith(`${source.path}/`)) {
    throw new StorageError("path-invalid", `${source.path} can't move into itself, to ${target.path}`);
  }
  await mkdir(dirname(target.location), { recursive: true });
  await rename(inside(source), inside(target));
}

async function removeEmptyPlace(place: Place): Promise<boolean> {
  try {
    await rmdir(inside(place));
    return true;
  } catch (error) {
    if (isMissing(error) || NOT_EMPTY.has((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** What systems say of a folder with something in it. */
const NOT_EMPTY: ReadonlySet<string> = new Set(["ENOTEMPTY", "EEXIST", "ENOTDIR"]);

async function deletePlace(place: Place): Promise<boolean> {
  const location = inside(place);
  if ((await statPlace(place)) === undefined) return false;
  await rm(location, { recursive: true, force: true });
  return true;
}

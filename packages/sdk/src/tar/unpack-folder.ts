import { createWriteStream, type Stats } from "node:fs";
import { link, lstat, mkdir, realpath, rm, symlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TaskLogger } from "../context.ts";
import { TaskFailure } from "../definition.ts";
import { readTar, type TarEntry } from "./read-tar.ts";

export interface Unpacking {
  /** Which paths, relative to the folder, are wanted. */
  readonly isWanted: (path: string) => boolean;
  readonly log: TaskLogger;
}

/** The worker's files get none of the special rights that a container may give to its own. */
const MODE_BITS = 0o777;

/**
 * Unpacks an archive of one folder, whose name leads all of its paths, into another one; answers the paths of its files and links,
 * relative to the folder. What a container wrote is not trusted: nothing is written outside of the folder, through no link, and a
 * link that leads out of it, which would show files of the worker, is left out with a warning. So are devices and pipes.
 */
export async function unpackFolder(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  { isWanted, log }: Unpacking,
): Promise<ReadonlySet<string>> {
  const unpacked = new Set<string>();
  const links: string[] = [];
  const folders = createFolders(folder);
  for await (const entry of readTar(archive)) {
    const path = pathBelow(entry.name);
    if (path === "" || !isWanted(path)) continue;
    if (entry.kind === "folder") {
      await folders.make(path);
      continue;
    }
    await folders.make(parentOf(path));
    if (folders.has(path) || unpacked.has(path)) throw new TaskFailure(`the archive names the file ${path} twice`);
    const place = join(folder, path);
    await rm(place, { recursive: true, force: true });
    if (entry.kind === "file") await writeFile(place, entry);
    else if (entry.kind === "symlink") {
      await symlink(entry.target ?? "", place);
      links.push(path);
    } else if (entry.kind !== "hardlink" || !(await linkTo(folder, pathBelow(entry.target ?? ""), place, unpacked))) {
      log.warn(`${path} is left in the container: it is neither a file nor a folder`);
      continue;
    }
    unpacked.add(path);
  }
  for (const path of await outwardLinks(folder, links)) {
    await rm(join(folder, path), { force: true });
    log.warn(`the link ${path} is left in the container: it leads out of the working folder, or nowhere`);
    unpacked.delete(path);
  }
  return unpacked;
}

async function writeFile(place: string, { content, mode }: TarEntry): Promise<void> {
  await pipeline(Readable.from(content), createWriteStream(place, { flags: "wx", mode: mode & MODE_BITS }));
}

/** Another name of a file that was unpacked before; answers whether there is one. */
async function linkTo(folder: string, target: string, place: string, unpacked: ReadonlySet<string>): Promise<boolean> {
  if (!unpacked.has(target)) return false;
  const original = join(folder, target);
  if (!(await lstat(original)).isFile()) return false;
  await link(original, place);
  return true;
}

/** Folders, each made once, so that nothing is written through a link that took the place of one. What stands in their place, such as a link, is removed. */
function createFolders(folder: string) {
  const made = new Set([""]);
  const make = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    await make(parentOf(path));
    const place = join(folder, path);
    const known: Stats | undefined = await lstat(place).catch(() => undefined);
    if (known !== undefined && !known.isDirectory()) await rm(place, { force: true });
    await mkdir(place, { recursive: true });
    made.add(path);
  };
  return { make, has: (path: string) => made.has(path) };
}

/** Links lead where they lead once all of them are there: one may lead out through others. */
async function outwardLinks(folder: string, links: readonly string[]): Promise<readonly string[]> {
  const root = await realpath(folder);
  const outward: string[] = [];
  for (const path of links) {
    const target = await realpath(join(folder, path)).catch(() => undefined);
    if (target === undefined || (target !== root && !target.startsWith(root + sep))) outward.push(path);
  }
  return outward;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

/** The path of an entry below the folder that leads it. Throws `TaskFailure` when it leads out of it. */
function pathBelow(name: string): string {
  const steps = name.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes("..") || name.includes("\0"))
    throw new TaskFailure(`the archive names a file ${JSON.stringify(name)}, which leads out of the working folder`);
  return steps.slice(1).join("/");
}

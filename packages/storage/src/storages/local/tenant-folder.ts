import { lstat, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { StorageError } from "../../errors.ts";
import { isMissing } from "./folder-errors.ts";

/** A place in a tenant's folder: the checked path and where it is on the disk. */
export interface Place {
  readonly path: string;
  readonly location: string;
}

/**
 * The place of a checked path. The text can't lead out of `root` any more, but a symbolic link on the disk could: the
 * deepest part that exists must really lie within. `root` is a real path.
 */
export async function placeOf(root: string, path: string): Promise<Place> {
  const location = path === "/" ? root : join(root, path);
  for (let existing = location; existing.startsWith(root); existing = dirname(existing)) {
    const real = await realPathOf(existing);
    if (real === undefined) continue;
    if (real === root || real.startsWith(root + sep)) return { path, location };
    throw new StorageError("path-invalid", `${path} leads out of the storage through a symbolic link`);
  }
  return { path, location };
}

async function realPathOf(location: string): Promise<string | undefined> {
  try {
    return await realpath(location);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await refuseDangling(location);
    return undefined;
  }
}

/** A link to nowhere would become real by writing through it. */
async function refuseDangling(location: string): Promise<void> {
  try {
    if (!(await lstat(location)).isSymbolicLink()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new StorageError("path-invalid", `${location} is a symbolic link to nowhere`);
}

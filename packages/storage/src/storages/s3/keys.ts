import { StorageError } from "../../errors.ts";
import { checkPath, checkTenant, pathOf } from "../../uri.ts";

/** Longest key that S3 takes, in bytes of UTF-8. */
const KEY_BYTES_MAX = 1_024;

/** A path of a tenant, and where it lies in the bucket. */
export interface Place {
  readonly path: string;
  /** Of the file. */
  readonly key: string;
  /** What the keys of all files below begin with; also the key of the empty object that stands for the folder itself. */
  readonly folderKey: string;
}

/**
 * A file lies under `<prefix>/<tenant><path>`, as the local storage lays it out in its folder. There are no folders in S3: one is
 * there as long as a key lies below it. That may be an empty object under the folder's name and a slash.
 */
export interface Keys {
  /** Throws `path-invalid`, `path-too-long`. */
  place(tenant: string, uriOrPath: string): Place;
  /** The path of a key of the place's tenant; none for a key that was never ours and has no path. */
  pathOf(place: Place, key: string): string | undefined;
  /** What all keys begin with. */
  readonly prefix: string;
}

export function createKeys(prefix = ""): Keys {
  const start = prefix === "" ? "" : `${prefix}/`;
  return {
    prefix: start,
    place: (tenant, uriOrPath) => {
      const root = `${start}${checkTenant(tenant)}`;
      const path = pathOf(uriOrPath);
      const key = path === "/" ? root : `${root}${path}`;
      const folderKey = `${key}/`;
      if (Buffer.byteLength(folderKey) > KEY_BYTES_MAX)
        throw new StorageError(
          "path-too-long",
          `"${path.slice(0, 60)}…" makes a key of more than ${KEY_BYTES_MAX} bytes`,
        );
      return { path, key, folderKey };
    },
    pathOf: (place, key) => {
      const path = `${place.path === "/" ? "" : place.path}/${key.slice(place.folderKey.length)}`;
      return isPath(path) ? path : undefined;
    },
  };
}

/** The folders above a place, up to the tenant's own, which always is one. */
export function foldersAbove({ path, key }: Place): readonly { readonly path: string; readonly key: string }[] {
  const root = key.slice(0, key.length - path.length);
  const names = path.slice(1).split("/").slice(0, -1);
  return names.map((_, depth) => {
    const above = `/${names.slice(0, depth + 1).join("/")}`;
    return { path: above, key: root + above };
  });
}

/** A place that isn't the tenant's own folder. */
export function inside(place: Place): Place {
  if (place.path === "/") throw new StorageError("path-invalid", "/ is the tenant's own folder");
  return place;
}

/** Whether files of that path can be asked for. */
function isPath(path: string): boolean {
  try {
    return path !== "/" && checkPath(path) === path;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

import { StorageError } from "../../errors.ts";
import { compareNames } from "../../name-order.ts";
import type { FileStat } from "../../storage.ts";
import type { Bucket, Listing, ObjectFacts, Page } from "./bucket.ts";
import { foldersAbove, type Keys, type Place } from "./keys.ts";

/** Folders that are looked at at the same time. */
const FOLDERS_AT_ONCE = 32;

/** What lies at a place: its file, or the folder that its keys make. */
export async function statPlace(bucket: Bucket, place: Place): Promise<FileStat | undefined> {
  const file = place.path === "/" ? undefined : await bucket.head(place.key);
  return file === undefined ? folderAt(bucket, place) : describeFile(place.path, file);
}

async function folderAt(bucket: Bucket, { path, folderKey }: Place): Promise<FileStat | undefined> {
  const first = await firstBelow(bucket, folderKey);
  return first === undefined ? undefined : describeFolder(path, first.modifiedAt);
}

/** The folder's own object, if it has one, or the first file. */
async function firstBelow(bucket: Bucket, folderKey: string): Promise<ObjectFacts | undefined> {
  return (await firstsBelow(bucket, folderKey, 1))[0];
}

/** As many as asked for, if there are: a page may hold fewer and not be the last. */
async function firstsBelow(bucket: Bucket, folderKey: string, count: number): Promise<readonly ObjectFacts[]> {
  const found: ObjectFacts[] = [];
  for await (const { objects } of pages(bucket, { folderKey }, { max: count })) {
    found.push(...objects);
    if (found.length >= count) break;
  }
  return found;
}

/** A folder has no date of its own: it gets that of its object or of its first file. */
export async function listPlace(bucket: Bucket, keys: Keys, place: Place): Promise<readonly FileStat[]> {
  const files: FileStat[] = [];
  const folders: { readonly path: string; readonly folderKey: string }[] = [];
  for await (const { objects, folderKeys } of pages(bucket, place, { delimiter: "/" })) {
    for (const object of objects) {
      const path = object.key === place.folderKey ? undefined : keys.pathOf(place, object.key);
      if (path !== undefined) files.push(describeFile(path, object));
    }
    for (const folderKey of folderKeys) {
      const path = keys.pathOf(place, folderKey.slice(0, -1));
      if (path !== undefined) folders.push({ path, folderKey });
    }
  }
  for (let start = 0; start < folders.length; start += FOLDERS_AT_ONCE) {
    const firsts = folders.slice(start, start + FOLDERS_AT_ONCE).map(async ({ path, folderKey }) => {
      const first = await firstBelow(bucket, folderKey);
      return first === undefined ? [] : [describeFolder(path, first.modifiedAt)];
    });
    files.push(...(await Promise.all(firsts)).flat());
  }
  return files.toSorted((left, right) => compareNames(left.name, right.name));
}

/** Files only, in the order of their keys. */
export async function* walkPlace(bucket: Bucket, keys: Keys, place: Place): AsyncGenerator<FileStat, void, undefined> {
  for await (const { objects } of pages(bucket, place))
    for (const object of objects) {
      const path = object.key.endsWith("/") ? undefined : keys.pathOf(place, object.key);
      if (path !== undefined) yield describeFile(path, object);
    }
}

/** All that lies below a place, page by page. */
export async function* pages(
  bucket: Bucket,
  { folderKey }: Pick<Place, "folderKey">,
  more: Pick<Listing, "delimiter" | "max"> = {},
): AsyncGenerator<Page, void, undefined> {
  let token: string | undefined;
  do {
    const page = await bucket.page({ ...more, prefix: folderKey, token });
    yield page;
    token = page.token;
  } while (token !== undefined);
}

/** Throws `file-exists` where a file is in the place of one of the folders above, which would be hidden by it. */
export async function refuseFileAbove(bucket: Bucket, place: Place): Promise<void> {
  const above = foldersAbove(place);
  for (let start = 0; start < above.length; start += FOLDERS_AT_ONCE)
    await Promise.all(above.slice(start, start + FOLDERS_AT_ONCE).map((folder) => refuseFile(bucket, folder)));
}

export async function refuseFile(bucket: Bucket, { path, key }: Pick<Place, "path" | "key">): Promise<void> {
  if ((await bucket.head(key)) !== undefined) throw new StorageError("file-exists", `${path} is a file`);
}

export async function refuseFolder(bucket: Bucket, { path, folderKey }: Place): Promise<void> {
  if ((await firstBelow(bucket, folderKey)) !== undefined) throw new StorageError("file-exists", `${path} is a folder`);
}

/** Whether there was a folder, and nothing in it; its object is gone then. */
export async function removeEmptyPlace(bucket: Bucket, { folderKey }: Place): Promise<boolean> {
  const objects = await firstsBelow(bucket, folderKey, 2);
  if (objects.length !== 1 || objects[0]!.key !== folderKey) return false;
  await bucket.remove([folderKey]);
  return true;
}

export async function deletePlace(bucket: Bucket, place: Place): Promise<boolean> {
  const isFile = (await bucket.head(place.key)) !== undefined;
  if (isFile) await bucket.remove([place.key]);
  let isFolder = false;
  for await (const { objects } of pages(bucket, place)) {
    if (objects.length === 0) continue;
    isFolder = true;
    await bucket.remove(objects.map(({ key }) => key));
  }
  return isFile || isFolder;
}

function describeFile(path: string, { sizeBytes, modifiedAt }: ObjectFacts): FileStat {
  return { path, name: nameOf(path), type: "file", sizeBytes, modifiedAt, createdAt: modifiedAt };
}

function describeFolder(path: string, modifiedAt: number): FileStat {
  return { path, name: nameOf(path), type: "folder", sizeBytes: 0, modifiedAt, createdAt: modifiedAt };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

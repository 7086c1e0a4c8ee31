import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { consume } from "../../content.ts";
import { StorageError } from "../../errors.ts";
import { compareNames } from "../../name-order.ts";
import type { FileStat, Storage } from "../../storage.ts";
import { checkTenant, formatUri, pathOf } from "../../uri.ts";

export interface MemoryStorageOptions {
  /** Epoch milliseconds for the dates of files. */
  readonly now?: () => number;
}

interface Entry {
  /** None for a folder. */
  readonly content?: Buffer;
  readonly createdAt: number;
  readonly modifiedAt: number;
}
type Tree = Map<string, Entry>;

/** Internal storage for tests and simulation: exact like the real ones, with nothing behind it. */
export function createMemoryStorage({ now = Date.now }: MemoryStorageOptions = {}): Storage {
  /** Files and folders by path, for each tenant. */
  const trees = new Map<string, Tree>();
  let isOpen = false;
  const treeOf = (tenant: string): Tree => {
    if (!isOpen) throw new StorageError("storage-closed", "the storage in memory was not started or was stopped");
    const tree = trees.get(checkTenant(tenant)) ?? new Map<string, Entry>();
    trees.set(tenant, tree);
    return tree;
  };
  return {
    start: async () => {
      isOpen = true;
    },
    stop: async () => {
      isOpen = false;
    },
    put: (tenant, uriOrPath, content) =>
      consume(content, async () => {
        const tree = treeOf(tenant);
        const path = inside(uriOrPath);
        const bytes = content instanceof Readable ? await buffer(content) : Buffer.from(content);
        if (tree.has(path) && tree.get(path)?.content === undefined) throw new StorageError("file-exists", path);
        makeFolders(tree, parentOf(path), now());
        tree.set(path, { content: bytes, createdAt: now(), modifiedAt: now() });
        return formatUri(path);
      }),
    read: async (tenant, uriOrPath, { start = 0, end } = { start: 0 }) => {
      const path = pathOf(uriOrPath);
      const content = treeOf(tenant).get(path)?.content;
      if (content === undefined) throw new StorageError("file-not-found", path);
      return Readable.from([content.subarray(start, end === undefined ? undefined : end + 1)], { objectMode: false });
    },
    stat: async (tenant, uriOrPath) => describe(treeOf(tenant), pathOf(uriOrPath)),
    list: async (tenant, folder) => {
      const tree = treeOf(tenant);
      const path = pathOf(folder);
      const children = [...tree.keys()].filter((each) => each !== "/" && parentOf(each) === path);
      return children.toSorted(compareNames).map((each) => describe(tree, each)!);
    },
    walk: async function* (tenant, folder) {
      const tree = treeOf(tenant);
      for (const path of below(tree, pathOf(folder)).toSorted(compareNames)) {
        const stat = describe(tree, path);
        if (stat?.type === "file") yield stat;
      }
    },
    createFolder: async (tenant, path) => makeFolders(treeOf(tenant), pathOf(path), now()),
    removeEmptyFolder: async (tenant, uriOrPath) => {
      const tree = treeOf(tenant);
      const path = inside(uriOrPath);
      const entry = tree.get(path);
      if (entry === undefined || entry.content !== undefined || below(tree, path).length > 0) return false;
      return tree.delete(path);
    },
    move: async (tenant, from, to) => movePath(treeOf(tenant), inside(from), inside(to), now()),
    delete: async (tenant, uriOrPath) => {
      const tree = treeOf(tenant);
      const path = inside(uriOrPath);
      for (const each of below(tree, path)) tree.delete(each);
      return tree.delete(path);
    },
  };
}

/** A checked path that isn't the tenant's root. */
function inside(uriOrPath: string): string {
  const path = pathOf(uriOrPath);
  if (path === "/") throw new StorageError("path-invalid", "/ is the tenant's own folder");
  return path;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function below(tree: Tree, folder: string): readonly string[] {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return [...tree.keys()].filter((path) => path !== folder && path.startsWith(prefix));
}

function makeFolders(tree: Tree, path: string, now: number): void {
  const entry = tree.get(path);
  if (entry?.content !== undefined) throw new StorageError("file-exists", `${path} is a file`);
  if (entry !== undefined) return;
  if (path !== "/") makeFolders(tree, parentOf(path), now);
  tree.set(path, { createdAt: now, modifiedAt: now });
}

function movePath(tree: Tree, from: string, to: string, now: number): void {
  const entry = tree.get(from);
  if (entry === undefined) throw new StorageError("file-not-found", from);
  if (tree.has(to)) throw new StorageError("file-exists", to);
  if (to.startsWith(`${from}/`)) throw new StorageError("path-invalid", `${from} can't move into itself, to ${to}`);
  makeFolders(tree, parentOf(to), now);
  for (const path of [from, ...below(tree, from)]) {
    tree.set(to + path.slice(from.length), tree.get(path)!);
    tree.delete(path);
  }
}

function describe(tree: Tree, path: string): FileStat | undefined {
  const entry = tree.get(path);
  if (entry === undefined) return undefined;
  const { content, createdAt, modifiedAt } = entry;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const type = content === undefined ? "folder" : "file";
  return { path, name, type, sizeBytes: content?.length ?? 0, modifiedAt, createdAt };
}

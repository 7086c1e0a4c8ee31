import type { FileStat, Storage } from "@capstan/storage";
import { Readable } from "node:stream";

/** Internal storage in a map of paths; folders exist while they hold a file, or were made. */
export function createMemoryStorage(): Storage {
  const files = new Map<string, Buffer>();
  const folders = new Set<string>();
  const pathOf = (uri: string) => uri.replace(/^kestra:\/\//, "");
  const isBelow = (path: string, folder: string) => path.startsWith(`${folder}/`);
  const stat = (path: string): FileStat | undefined => {
    const content = files.get(path);
    const isFolder = folders.has(path) || [...files.keys()].some((file) => isBelow(file, path));
    if (content === undefined && !isFolder) return undefined;
    const name = path.split("/").at(-1) ?? "";
    const type = content === undefined ? "folder" : "file";
    return { path, name, type, sizeBytes: content?.length ?? 0, modifiedAt: 1000, createdAt: 1000 };
  };
  return {
    start: async () => {},
    stop: async () => {},
    async put(_tenant, path, content) {
      const chunks: Buffer[] = [];
      const source = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
      for await (const chunk of source) chunks.push(Buffer.from(chunk as Uint8Array));
      files.set(path, Buffer.concat(chunks));
      return `kestra://${path}`;
    },
    async read(_tenant, uri) {
      const content = files.get(pathOf(uri));
      if (content === undefined) throw Object.assign(new Error("There is no such file"), { code: "file-not-found" });
      return Readable.from([content]);
    },
    stat: async (_tenant, uri) => stat(pathOf(uri)),
    async list(_tenant, folder) {
      const names = [...files.keys(), ...folders]
        .filter((path) => isBelow(path, folder))
        .map((path) => `${folder}/${path.slice(folder.length + 1).split("/", 1)[0]}`);
      return [...new Set(names)].toSorted().map((path) => stat(path)!);
    },
    async *walk(_tenant, folder) {
      for (const path of [...files.keys()].toSorted()) if (isBelow(path, folder)) yield stat(path)!;
    },
    async createFolder(_tenant, path) {
      folders.add(path);
    },
    async move(_tenant, from, to) {
      for (const [path, content] of Array.from(files))
        if (path === from || isBelow(path, from)) {
          files.delete(path);
          files.set(to + path.slice(from.length), content);
        }
    },
    async delete(_tenant, uri) {
      const gone = [...files.keys()].filter((path) => path === pathOf(uri) || isBelow(path, pathOf(uri)));
      for (const path of gone) files.delete(path);
      return folders.delete(pathOf(uri)) || gone.length > 0;
    },
  };
}

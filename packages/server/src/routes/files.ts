import type { fileRoutes } from "@capstan/api";
import type { FileStat, Storage } from "@capstan/storage";
import { posix } from "node:path";
import { writeZip } from "../archive/write-zip.ts";
import type { Handlers } from "../mount.ts";
import { Refusal } from "../refusal.ts";
import { presentFile } from "../presentation/rows.ts";
import { readFormFile } from "../requests/form.ts";
import { namespaceFilePath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { importFlow, isFlowPath, namespaceEntries, unpackInto } from "./namespace-archives.ts";
import { attachment, sendFile } from "./execution-files.ts";

/** Most paths that a search answers. */
const FOUND_MAX = 10_000;

/** Files of namespaces, in internal storage below `_files`. */
export function fileHandlers(service: Service): Handlers<typeof fileRoutes> {
  const { storage } = service.runtime;
  return {
    readFile: async ({ tenant, parameters: { namespace }, query, reply }) => {
      const place = { tenant, path: namespaceFilePath(namespace, query.path) };
      return sendFile(storage, place, reply, () => namespaceFileNotFound(namespace, query.path));
    },
    writeFile: async ({ tenant, parameters: { namespace }, query, request }) => {
      if (isFlowPath(query.path))
        return readFormFile(request, "fileContent", (content) => importFlow(service, { tenant, namespace }, content));
      const path = namespaceFilePath(namespace, query.path);
      await readFormFile(request, "fileContent", async (content, fileName) => {
        if (/\.zip$/i.test(fileName)) await unpackInto(service, { tenant, namespace, folder: query.path }, content);
        else if (!query.path.endsWith("/")) await storage.put(tenant, path, content);
        else throw new Refusal("path-invalid", `"${query.path}" names a folder; add the name of the file`);
      });
    },
    moveFile: async ({ tenant, parameters: { namespace }, query }) => {
      const from = namespaceFilePath(namespace, query.from);
      const to = namespaceFilePath(namespace, query.to);
      if ((await storage.stat(tenant, from)) === undefined) throw namespaceFileNotFound(namespace, query.from);
      await storage.move(tenant, from, to);
    },
    deleteFile: async ({ tenant, parameters: { namespace }, query }) => {
      const path = namespaceFilePath(namespace, query.path);
      // Who empties a folder before filling it anew does not know whether there is one.
      if (!(await storage.delete(tenant, path)) && !query.path.endsWith("/"))
        throw namespaceFileNotFound(namespace, query.path);
      await removeEmptyParents(storage, tenant, path, namespaceFilePath(namespace, ""));
    },
    fileStats: async ({ tenant, parameters: { namespace }, query }) => {
      const path = namespaceFilePath(namespace, query.path);
      const file = (await storage.stat(tenant, path)) ?? emptyRoot(path, namespace, service.now());
      if (file === undefined) throw namespaceFileNotFound(namespace, query.path);
      return presentFile(file);
    },
    listFolder: async ({ tenant, parameters: { namespace }, query }) => {
      const path = namespaceFilePath(namespace, query.path);
      // A namespace has a root before it has files.
      const isRoot = path === namespaceFilePath(namespace, "");
      if (!isRoot && (await storage.stat(tenant, path)) === undefined)
        throw namespaceFileNotFound(namespace, query.path);
      return (await storage.list(tenant, path)).map(presentFile);
    },
    createFolder: async ({ tenant, parameters: { namespace }, query }) => {
      await storage.createFolder(tenant, namespaceFilePath(namespace, query.path));
    },
    searchFiles: async ({ tenant, parameters: { namespace }, query }) => {
      const root = namespaceFilePath(namespace, "");
      const found: string[] = [];
      for await (const { path } of storage.walk(tenant, root)) {
        const shown = path.slice(root.length);
        if (shown.toLowerCase().includes(query.q.toLowerCase())) found.push(shown);
        if (found.length === FOUND_MAX) break;
      }
      return found;
    },
    exportFiles: async ({ tenant, parameters: { namespace }, reply }) => {
      // What the storage refuses is told before the answer begins.
      await storage.stat(tenant, namespaceFilePath(namespace, ""));
      reply.header("content-disposition", attachment(`${namespace}_files.zip`));
      return writeZip(namespaceEntries(service, tenant, namespace));
    },
  };
}

/** A namespace has a root before it has files. */
function emptyRoot(path: string, namespace: string, time: number): FileStat | undefined {
  if (path !== namespaceFilePath(namespace, "")) return undefined;
  return { path, name: posix.basename(path), type: "folder", sizeBytes: 0, modifiedAt: time, createdAt: time };
}

function namespaceFileNotFound(namespace: string, path: string): Refusal {
  const shown = path.startsWith("/") ? path : `/${path}`;
  return new Refusal("file-not-found", `File '${shown}' was not found in namespace '${namespace}'`);
}

/** Folders are made for the files in them, and go with the last one; in some storages by themselves. */
async function removeEmptyParents(storage: Storage, tenant: string, path: string, root: string): Promise<void> {
  for (let folder = posix.dirname(path); folder.startsWith(`${root}/`); folder = posix.dirname(folder))
    if (!(await storage.removeEmptyFolder(tenant, folder)) && (await storage.stat(tenant, folder)) !== undefined)
      return;
}

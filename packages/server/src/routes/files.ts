import type { fileRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { presentFile } from "../presentation/rows.ts";
import { readFormFile } from "../requests/form.ts";
import { namespaceFilePath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { attachment, fileNotFound } from "./execution-files.ts";

/** Most paths that a search answers. */
const FOUND_MAX = 10_000;

/** Files of namespaces, in internal storage below `_files`. */
export function fileHandlers({ runtime: { storage } }: Service): Handlers<typeof fileRoutes> {
  return {
    readFile: async ({ tenant, parameters: { namespace }, query, reply }) => {
      const path = namespaceFilePath(namespace, query.path);
      const file = await storage.stat(tenant, path);
      if (file?.type !== "file") throw fileNotFound();
      reply.header("content-length", file.sizeBytes);
      reply.header("content-disposition", attachment(file.name));
      return storage.read(tenant, path);
    },
    writeFile: async ({ tenant, parameters: { namespace }, query, request }) => {
      const path = namespaceFilePath(namespace, query.path);
      await readFormFile(request, "fileContent", (content) => storage.put(tenant, path, content));
    },
    moveFile: async ({ tenant, parameters: { namespace }, query }) => {
      const from = namespaceFilePath(namespace, query.from);
      if ((await storage.stat(tenant, from)) === undefined) throw fileNotFound();
      await storage.move(tenant, from, namespaceFilePath(namespace, query.to));
    },
    deleteFile: async ({ tenant, parameters: { namespace }, query }) => {
      if (!(await storage.delete(tenant, namespaceFilePath(namespace, query.path)))) throw fileNotFound();
    },
    fileStats: async ({ tenant, parameters: { namespace }, query }) => {
      const file = await storage.stat(tenant, namespaceFilePath(namespace, query.path));
      if (file === undefined) throw fileNotFound();
      return presentFile(file);
    },
    listFolder: async ({ tenant, parameters: { namespace }, query }) =>
      (await storage.list(tenant, namespaceFilePath(namespace, query.path))).map(presentFile),
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
  };
}

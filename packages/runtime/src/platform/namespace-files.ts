import { TaskFailure, type NamespaceFileService } from "@capstan/sdk";
import { namespaceFilePath, type Storage } from "@capstan/storage";
import { matchesGlob } from "node:path";

/** The files of a tenant's namespaces. */
export function createNamespaceFiles(storage: Storage, tenant: string): NamespaceFileService {
  return {
    list: async (namespace, globs) => {
      const root = namespaceFilePath(namespace, "");
      const paths: string[] = [];
      for await (const file of storage.walk(tenant, root)) {
        const path = file.path.slice(root.length).replace(/^\//, "");
        if (file.type === "file" && matches(path, globs)) paths.push(path);
      }
      return paths;
    },
    read: async (namespace, path) => {
      const address = namespaceFilePath(namespace, path);
      if ((await storage.stat(tenant, address)) === undefined)
        throw new TaskFailure(`there is no file \`${path}\` in the namespace ${namespace}`);
      return storage.read(tenant, address);
    },
    put: (namespace, path, content) => storage.put(tenant, namespaceFilePath(namespace, path), content),
    delete: (namespace, path) => storage.delete(tenant, namespaceFilePath(namespace, path)),
  };
}

function matches(path: string, globs: readonly string[] | undefined): boolean {
  return globs === undefined || globs.some((glob) => matchesGlob(path, glob.replace(/^\//, "")));
}

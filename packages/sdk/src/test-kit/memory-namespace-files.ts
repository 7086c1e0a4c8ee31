import { matchesGlob } from "node:path";
import { Readable } from "node:stream";
import type { NamespaceFileService } from "../context.ts";
import { TaskFailure } from "../definition.ts";
import { bytesOf } from "./memory-files.ts";

/** Namespace files in memory, without versions. */
export function createMemoryNamespaceFiles(): NamespaceFileService {
  const files = new Map<string, Map<string, Buffer>>();
  return {
    async list(namespace, globs) {
      const paths = [...(files.get(namespace)?.keys() ?? [])].toSorted();
      if (globs === undefined) return paths;
      return paths.filter((path) => globs.some((glob) => matchesGlob(path, relative(glob))));
    },
    async read(namespace, path) {
      const content = files.get(namespace)?.get(relative(path));
      if (content === undefined) throw new TaskFailure(`The namespace ${namespace} has no file ${path}.`);
      return Readable.from([content]);
    },
    async put(namespace, path, content) {
      const ofNamespace = files.get(namespace) ?? new Map<string, Buffer>();
      files.set(namespace, ofNamespace);
      ofNamespace.set(relative(path), await bytesOf(content));
      return `kestra:///${namespace.replaceAll(".", "/")}/_files/${relative(path)}`;
    },
    delete: async (namespace, path) => files.get(namespace)?.delete(relative(path)) ?? false,
    namespaces: async () => [...files.keys()],
  };
}

function relative(path: string): string {
  return path.replace(/^\/+/, "");
}

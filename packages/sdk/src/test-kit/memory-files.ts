import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { ExecutionFiles } from "../context.ts";
import { TaskFailure } from "../definition.ts";

export interface MemoryFiles extends ExecutionFiles {
  /** URIs of what is stored, in the order of writing. */
  uris(): string[];
  /** Stores a file beforehand, outside the task run's own folder. */
  seed(uri: string, content: string | Uint8Array): string;
}

/** Internal storage in memory. */
export function createMemoryFiles(folder: string): MemoryFiles {
  const contents = new Map<string, Buffer>();
  let written = 0;
  const find = (uri: string): Buffer => {
    const content = contents.get(uri);
    if (content === undefined) throw new TaskFailure(`The file ${uri} does not exist. Check where its URI comes from.`);
    return content;
  };
  return {
    async put(name, content) {
      written += 1;
      const uri = `kestra:///${folder}/${written}-${name}`;
      contents.set(uri, await bytesOf(content));
      return uri;
    },
    read: async (uri) => Readable.from([find(uri)]),
    text: async (uri) => find(uri).toString("utf8"),
    sizeBytes: async (uri) => find(uri).length,
    delete: async (uri) => contents.delete(uri),
    async purgeExecution() {
      const uris = [...contents.keys()];
      contents.clear();
      return uris;
    },
    uris: () => [...contents.keys()],
    seed(uri, content) {
      contents.set(uri, Buffer.from(content));
      return uri;
    },
  };
}

/** The bytes of anything that may be stored. */
export async function bytesOf(content: Readable | Uint8Array | string): Promise<Buffer> {
  return content instanceof Readable ? buffer(content) : Buffer.from(content);
}

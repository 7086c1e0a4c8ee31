import { join } from "node:path";
import type { ThreadWorkerOptions } from "@capstan/runtime";
import { createLocalStorage, type Storage } from "@capstan/storage";

/** Where files lie: the storage of the server, and how its threads open the same. */
export interface FilesPlace {
  readonly storage: Storage;
  readonly ofThreads: ThreadWorkerOptions["storage"];
  /** For people; none for the data folder, which they know. */
  readonly shown?: string;
}

/** Files in the folder `data`. */
export function filesInFolder(data: string): FilesPlace {
  const options = { directory: join(data, "storage") };
  const module = import.meta.resolve("@capstan/storage");
  return { storage: createLocalStorage(options), ofThreads: { module, factory: "createLocalStorage", options } };
}

import { createInterface } from "node:readline";
import { consume } from "../../content.ts";
import { StorageError } from "../../errors.ts";
import type { FileStat, Storage } from "../../storage.ts";
import { checkPath, checkTenant, pathOf } from "../../uri.ts";
import { createFileClient } from "./file-client.ts";
import { repeatable } from "./repeatable.ts";
import { resumed } from "./resumed.ts";

export interface HttpStorageOptions {
  /** Of any of the servers, or of what stands before them. */
  readonly server: string;
  readonly token: string;
  /** The worker that the server knows. */
  readonly workerId: string;
  /** How long a server that does not answer is asked again, in milliseconds. */
  readonly patienceMs?: number;
}

/** Default of `patienceMs`. */
const PATIENCE_MS = 30_000;

/**
 * The files of a server, for a worker elsewhere. What is asked for while the server is away is asked for again; so what is stored is
 * read to its end first. Only a move that was done before its answer was lost shows as one of a missing file.
 */
export function createHttpStorage({ patienceMs = PATIENCE_MS, ...access }: HttpStorageOptions): Storage {
  const client = createFileClient({ ...access, patienceMs });
  let isOpen = false;
  const open = () => {
    if (!isOpen) throw new StorageError("storage-closed", "it was stopped, or not started");
    return client;
  };
  return {
    start: async () => {
      isOpen = true;
    },
    stop: async () => {
      isOpen = false;
      client.close();
    },
    put: (tenant, path, content) =>
      consume(content, async () => {
        const at = { tenant: checkTenant(tenant), path: checkPath(path) };
        open();
        await using body = await repeatable(content);
        return (await open().json("put", at, body)) as string;
      }),
    read: async (tenant, uriOrPath, range) => {
      const at = { tenant: checkTenant(tenant), path: pathOf(uriOrPath) };
      const end = range?.end?.toString();
      const { start = 0 } = range ?? {};
      const from = (position: number) => open().stream("read", { ...at, start: position.toString(), end });
      return resumed(await from(start), start, from);
    },
    stat: async (tenant, uriOrPath) => {
      const at = { tenant: checkTenant(tenant), path: pathOf(uriOrPath) };
      return ((await open().json("stat", at)) as FileStat | null) ?? undefined;
    },
    list: async (tenant, folder) =>
      (await open().json("list", { tenant: checkTenant(tenant), path: checkPath(folder) })) as FileStat[],
    walk: async function* (tenant, folder) {
      const answer = await open().stream("walk", { tenant: checkTenant(tenant), path: checkPath(folder) });
      for await (const line of createInterface({ input: answer, crlfDelay: Infinity }))
        yield JSON.parse(line) as FileStat;
    },
    createFolder: async (tenant, path) => {
      await open().json("create-folder", { tenant: checkTenant(tenant), path: checkPath(path) });
    },
    removeEmptyFolder: async (tenant, path) =>
      (await open().json("remove-empty-folder", { tenant: checkTenant(tenant), path: checkPath(path) })) as boolean,
    move: async (tenant, from, to) => {
      await open().json("move", { tenant: checkTenant(tenant), path: checkPath(from), to: checkPath(to) });
    },
    delete: async (tenant, uriOrPath) =>
      (await open().json("delete", { tenant: checkTenant(tenant), path: pathOf(uriOrPath) })) as boolean,
  };
}

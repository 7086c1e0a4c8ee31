import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { filesMatching, type TaskIdentity } from "@capstan/sdk";
import { cachePath, type Storage } from "@capstan/storage";

/**
 * The cache of a WorkingDirectory: matching files are kept between runs of the same task (per value of its loop). Contents are
 * stored by their hash, and a manifest, written last, names them; so a crash leaves the old cache or the new one.
 */
export interface GroupCache {
  /** Puts the files of the last run into the folder, unless they are older than the limit. */
  restore(folder: string): Promise<void>;
  /** Stores the matching files, if they changed. */
  save(folder: string): Promise<void>;
}

export interface CacheOptions {
  readonly patterns: readonly string[];
  readonly ttl?: number | undefined;
}

interface Manifest {
  /** Epoch milliseconds. */
  readonly savedAt: number;
  /** Path in the working folder → hash of the content. */
  readonly files: Readonly<Record<string, string>>;
}

export function groupCache(
  storage: Storage,
  identity: TaskIdentity,
  options: CacheOptions,
  now: () => number,
): GroupCache {
  const { tenant } = identity;
  const root = cacheFolder(identity);
  const manifestPath = `${root}/manifest.json`;
  const load = async (): Promise<Manifest | undefined> => {
    if ((await storage.stat(tenant, manifestPath)) === undefined) return undefined;
    const manifest = (await json(await storage.read(tenant, manifestPath))) as Manifest;
    return options.ttl !== undefined && manifest.savedAt + options.ttl < now() ? undefined : manifest;
  };
  return {
    restore: async (folder) => {
      for (const [path, hash] of Object.entries((await load())?.files ?? {})) {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true });
        await pipeline(await storage.read(tenant, `${root}/${hash}`), createWriteStream(target));
      }
    },
    save: async (folder) => {
      const files: Record<string, string> = {};
      for (const path of await filesMatching(folder, options.patterns)) files[path] = await hashOf(join(folder, path));
      const before = (await load())?.files ?? {};
      if (isSame(before, files)) return;
      const kept = new Set(Object.values(before));
      for (const [path, hash] of Object.entries(files)) {
        if (!kept.has(hash)) await storage.put(tenant, `${root}/${hash}`, createReadStream(join(folder, path)));
      }
      await storage.put(tenant, manifestPath, JSON.stringify({ savedAt: now(), files } satisfies Manifest));
      const needed = new Set(Object.values(files));
      for (const hash of kept) if (!needed.has(hash)) await storage.delete(tenant, `${root}/${hash}`);
    },
  };
}

function cacheFolder({ namespace, flowId, taskId, value }: TaskIdentity): string {
  const valueHash = value === undefined ? undefined : createHash("sha256").update(value).digest("hex");
  return dirname(cachePath({ namespace, flowId, taskId, ...(valueHash === undefined ? {} : { valueHash }) }));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function isSame(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const paths = Object.keys(left);
  return paths.length === Object.keys(right).length && paths.every((path) => left[path] === right[path]);
}

import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import type { JsonMap, JsonValue, Task } from "@capstan/model";
import type { TaskIdentity } from "@capstan/sdk";
import { cachePath, type Storage } from "@capstan/storage";

/**
 * Outputs of a task kept by what its properties rendered to (and by the value of its loop): the next run with the same
 * properties takes them over, as long as the files that they name are there. Whatever goes wrong with the cache, the task simply
 * runs.
 */
export interface TaskCache {
  load(): Promise<JsonMap | undefined>;
  save(outputs: JsonMap | undefined): Promise<void>;
}

interface Entry {
  /** Epoch milliseconds. */
  readonly savedAt: number;
  readonly outputs: JsonMap;
}

export interface Cached {
  readonly task: Task;
  readonly identity: TaskIdentity;
  /** As rendered for this attempt. */
  readonly properties: unknown;
}

/** Nothing when the task does not ask for a cache. */
export function taskCache({ task, identity, properties }: Cached, storage: Storage, now: () => number) {
  if (task.taskCache?.enabled !== true) return undefined;
  const { ttlMs } = task.taskCache;
  const { tenant, namespace, flowId, taskId, value } = identity;
  const valueHash = hashOf([task.type, properties, value ?? null]);
  const path = cachePath({ namespace, flowId, taskId, valueHash }).replace(/\.zip$/, ".json");
  /** A file is purged with the execution that made it, often long before the cache is. */
  const hasFiles = async (outputs: JsonMap): Promise<boolean> => {
    for (const uri of fileUris(outputs)) if ((await storage.stat(tenant, uri)) === undefined) return false;
    return true;
  };
  const cache: TaskCache = {
    load: async () => {
      try {
        if ((await storage.stat(tenant, path)) === undefined) return undefined;
        const entry = JSON.parse(await text(await storage.read(tenant, path))) as Entry;
        const isOld = ttlMs !== undefined && entry.savedAt + ttlMs < now();
        return isOld || !(await hasFiles(entry.outputs)) ? undefined : entry.outputs;
      } catch {
        return undefined;
      }
    },
    save: async (outputs = {}) => {
      await storage.put(tenant, path, JSON.stringify({ savedAt: now(), outputs } satisfies Entry));
    },
  };
  return cache;
}

/** Addresses of stored files, at any depth. */
function* fileUris(value: JsonValue): Generator<string> {
  if (typeof value === "string" && value.startsWith("kestra:///")) yield value;
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) yield* fileUris(item);
}

function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("hex");
}

import type { TaskContext } from "@capstan/sdk";
import type { MemoryStore } from "./memory.ts";

/** In the namespace of the flow, under the name of the conversation. */
export function keyValueMemory(
  { services: { keyValues }, identity: { namespace } }: TaskContext<unknown>,
  memoryId: string,
): MemoryStore {
  return {
    read: async () => {
      const stored = await keyValues.get(namespace, memoryId);
      if (stored === undefined) return undefined;
      return typeof stored.value === "string" ? stored.value : JSON.stringify(stored.value);
    },
    write: (remembered, ttlMs) => keyValues.set(namespace, memoryId, remembered, { type: "STRING", ttlMs }),
    drop: async () => {
      await keyValues.delete(namespace, memoryId);
    },
  };
}

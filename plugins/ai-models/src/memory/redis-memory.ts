import type { TaskContext } from "@capstan/sdk";
import { connectRedis, type RedisServer } from "../redis-connection.ts";
import type { MemoryStore } from "./memory.ts";

/** Under the name of the conversation. */
export async function redisMemory(
  context: TaskContext<unknown>,
  server: RedisServer,
  memoryId: string,
): Promise<MemoryStore> {
  const connection = await connectRedis(context, server);
  return {
    read: async () => (await connection.ask((redis) => redis.get(memoryId))) ?? undefined,
    write: async (remembered, ttlMs) => {
      await connection.ask((redis) => redis.set(memoryId, remembered, "PX", ttlMs));
    },
    drop: async () => {
      await connection.ask((redis) => redis.del(memoryId));
    },
    close: async () => connection.close(),
  };
}

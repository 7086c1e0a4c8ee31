import { type ElementKind, elementKind } from "../element.ts";
import { dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { keyValueMemory } from "./key-value-memory.ts";
import { type Memory, memoryIdOf, memoryIn, memoryProperties } from "./memory.ts";
import { postgresqlMemory } from "./postgresql-memory.ts";
import { redisMemory } from "./redis-memory.ts";

const port = (standard: number) =>
  dynamic(z.int().min(1).max(65_535)).default(standard).describe(`Its port. Default: ${standard}.`);

/** All that may stand as `memory`. */
export const MEMORIES: readonly ElementKind<Memory>[] = [
  elementKind({
    type: "ai.memory.KestraKVStore",
    aliases: ["langchain4j.memory.KestraKVMemory", "ai.memory.KestraKVMemory"],
    title: "Remember a conversation in the key-value store",
    properties: () => z.object(memoryProperties()),
    make: async (context, written) =>
      memoryIn(keyValueMemory(context, await memoryIdOf(context, written.memoryId)), written),
  }),
  elementKind({
    type: "ai.memory.Redis",
    aliases: [],
    title: "Remember a conversation in Redis",
    properties: () =>
      z.object({ host: text().describe("Host of the server."), port: port(6379), ...memoryProperties() }),
    make: async (context, written) =>
      memoryIn(await redisMemory(context, written, await memoryIdOf(context, written.memoryId)), written),
  }),
  elementKind({
    type: "ai.memory.PostgreSQL",
    aliases: [],
    title: "Remember a conversation in PostgreSQL",
    properties: () =>
      z.object({
        host: text().describe("Host of the server."),
        port: port(5432),
        database: text().describe("The database."),
        user: text().describe("Name of the user."),
        password: secret().describe("Password of the user."),
        tableName: text()
          .default("chat_memory")
          .describe("The table, which is made where there is none. Default: chat_memory."),
        ...memoryProperties(),
      }),
    make: async (context, written) =>
      memoryIn(await postgresqlMemory(context, written, await memoryIdOf(context, written.memoryId)), written),
  }),
];

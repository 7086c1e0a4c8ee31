import type { TaskContext } from "@capstan/sdk";
import { connectPostgresql, type PostgresqlServer, quotedTable } from "../postgresql-connection.ts";
import type { MemoryStore } from "./memory.ts";

/** A row for each conversation, in a table that is made where there is none. */
export async function postgresqlMemory(
  context: TaskContext<unknown>,
  server: PostgresqlServer & { readonly tableName: string },
  memoryId: string,
): Promise<MemoryStore> {
  const table = quotedTable(server.tableName);
  const connection = await connectPostgresql(context, server);
  const { query, close } = connection;
  try {
    await query(
      `CREATE TABLE IF NOT EXISTS ${table} (memory_id TEXT PRIMARY KEY, memory_json TEXT NOT NULL, expires_at TIMESTAMPTZ)`,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    read: async () => {
      const found = await query<{ memory_json: string }>(
        `SELECT memory_json FROM ${table} WHERE memory_id = $1 AND (expires_at IS NULL OR expires_at > now())`,
        [memoryId],
      );
      return found[0]?.memory_json;
    },
    write: async (remembered, ttlMs) => {
      await query(
        `INSERT INTO ${table} (memory_id, memory_json, expires_at) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
         ON CONFLICT (memory_id) DO UPDATE SET memory_json = excluded.memory_json, expires_at = excluded.expires_at`,
        [memoryId, remembered, ttlMs],
      );
    },
    drop: async () => {
      await query(`DELETE FROM ${table} WHERE memory_id = $1`, [memoryId]);
    },
    close,
  };
}

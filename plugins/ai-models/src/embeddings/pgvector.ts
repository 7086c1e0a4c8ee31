import { dynamic, secret, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { connectPostgresql, type PostgresqlServer, quotedTable } from "../postgresql-connection.ts";
import { byId, type EmbeddedSegment, type EmbeddingStore } from "./embedding-store.ts";

export const pgvectorProperties = () => ({
  host: text().describe("Host of the server."),
  port: dynamic(z.int().min(1).max(65_535)).describe("Its port."),
  database: text().describe("The database, in which the extension `vector` can be made or is there."),
  user: text().describe("Name of the user."),
  password: secret().describe("Password of the user."),
  table: text().describe("The table, which is made where there is none."),
  useIndex: dynamic(z.boolean())
    .default(false)
    .describe("Whether the table has an index (HNSW), which makes searches fast and inexact. Default: false."),
});

interface Written extends PostgresqlServer {
  readonly table: string;
  readonly useIndex: boolean;
}

/** A table of PostgreSQL with the extension pgvector. */
export async function pgvectorStore(context: TaskContext<unknown>, written: Written): Promise<EmbeddingStore> {
  const table = quotedTable(written.table);
  const { query, transaction, close } = await connectPostgresql(context, written);
  let isMade = false;
  const make = async (dimensions: number) => {
    if (isMade) return;
    await query("CREATE EXTENSION IF NOT EXISTS vector");
    await query(
      `CREATE TABLE IF NOT EXISTS ${table} (embedding_id UUID PRIMARY KEY, embedding vector(${dimensions}), text TEXT, metadata JSON)`,
    );
    const name = quotedTable(`${written.table.split(".").at(-1)}_hnsw`);
    if (written.useIndex)
      await query(`CREATE INDEX IF NOT EXISTS ${name} ON ${table} USING hnsw (embedding vector_cosine_ops)`);
    isMade = true;
  };
  return {
    outputs: { table: written.table },
    close,
    drop: async () => {
      await query(`DROP TABLE IF EXISTS ${table}`);
    },
    add: async (segments) => {
      const [first] = segments;
      if (first === undefined) return;
      await make(first.vector.length);
      await transaction(async () => {
        await query(
          `INSERT INTO ${table} (embedding_id, embedding, text, metadata)
           SELECT * FROM unnest($1::uuid[], $2::text[]::vector[], $3::text[], $4::text[]::json[])
           ON CONFLICT (embedding_id) DO UPDATE SET embedding = excluded.embedding`,
          columnsOf(byId(segments)),
        );
      });
    },
    search: async (vector, { maxResults, minScore }) => {
      const rows = await query<{ text: string | null; metadata: Record<string, unknown> | null; score: number }>(
        `SELECT text, metadata, 1 - (embedding <=> $1::vector) / 2 AS score FROM ${table}
         WHERE 1 - (embedding <=> $1::vector) / 2 >= $2 ORDER BY embedding <=> $1::vector LIMIT $3`,
        [vectorText(vector), minScore, maxResults],
      );
      return rows.map(({ text: content, metadata, score }) => ({
        text: content ?? "",
        metadata: metadata ?? {},
        score,
      }));
    },
  };
}

function columnsOf(identified: ReadonlyMap<string, EmbeddedSegment>): readonly unknown[] {
  const segments = [...identified.values()];
  return [
    [...identified.keys()],
    segments.map(({ vector }) => vectorText(vector)),
    segments.map(({ text: content }) => withoutNulls(content)),
    segments.map(({ metadata }) => JSON.stringify(metadata)),
  ];
}

function vectorText(vector: readonly number[]): string {
  return `[${vector.join(",")}]`;
}

/** The server takes no such character in a text. */
function withoutNulls(content: string): string {
  return content.replaceAll("\0", "");
}

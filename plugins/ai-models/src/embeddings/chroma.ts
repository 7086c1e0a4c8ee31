import { type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { byId, type EmbeddingStore } from "./embedding-store.ts";
import { callServer, callServerFor } from "./vector-server.ts";

const COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections";

export const chromaProperties = () => ({
  baseUrl: text().describe("Address of the server, such as http://localhost:8000."),
  collectionName: text().describe("The collection, which is made where there is none."),
});

const collection = z.looseObject({ id: z.string() });

const answer = z.looseObject({
  documents: z.array(z.array(z.string().nullable())),
  metadatas: z.array(z.array(z.record(z.string(), z.unknown()).nullable())),
  distances: z.array(z.array(z.number().nullable())),
});

interface Written {
  readonly baseUrl: string;
  readonly collectionName: string;
}

/** A collection of Chroma. */
export function chromaStore(context: TaskContext<unknown>, { baseUrl, collectionName }: Written): EmbeddingStore {
  const server = { name: "Chroma", url: baseUrl };
  const opened = async () => {
    const body = {
      name: collectionName,
      get_or_create: true,
      configuration: { hnsw: { space: "cosine" } },
    };
    const read = collection.safeParse(await callServer(context, server, { method: "POST", path: COLLECTIONS, body }));
    if (!read.success) throw new TaskFailure("Chroma answered with what is no collection. Check `baseUrl`.");
    return `${COLLECTIONS}/${read.data.id}`;
  };
  return {
    outputs: { collectionName },
    drop: async () => {
      const path = `${COLLECTIONS}/${encodeURIComponent(collectionName)}`;
      await callServerFor(context, server, { method: "DELETE", path });
    },
    add: async (segments) => {
      if (segments.length === 0) return;
      const identified = byId(segments);
      const added = [...identified.values()];
      const body = {
        ids: [...identified.keys()],
        embeddings: added.map(({ vector }) => vector),
        documents: added.map(({ text: content }) => content),
        metadatas: added.map(({ metadata }) => plain(metadata)),
      };
      await callServer(context, server, { method: "POST", path: `${await opened()}/upsert`, body });
    },
    search: async (vector, { maxResults, minScore }) => {
      const body = {
        query_embeddings: [vector],
        n_results: maxResults,
        include: ["documents", "metadatas", "distances"],
      };
      const read = answer.safeParse(
        await callServer(context, server, { method: "POST", path: `${await opened()}/query`, body }),
      );
      if (!read.success) throw new TaskFailure("Chroma answered with what is no list of texts.");
      const { documents, metadatas, distances } = read.data;
      return (documents[0] ?? [])
        .map((content, index) => ({
          text: content ?? "",
          metadata: metadatas[0]?.[index] ?? {},
          score: 1 - (distances[0]?.[index] ?? 2) / 2,
        }))
        .filter(({ score }) => score >= minScore);
    },
  };
}

/** Values of metadata are texts, numbers and truths; there must be one at least. */
function plain(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  const entries = Object.entries(metadata).map(([name, value]) => [
    name,
    ["string", "number", "boolean"].includes(typeof value) ? value : JSON.stringify(value),
  ]);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as Record<string, unknown>);
}

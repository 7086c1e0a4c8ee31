import { z } from "zod";
import { type ElementKind, elementKind } from "../element.ts";
import { chromaProperties, chromaStore } from "./chroma.ts";
import { elasticsearchProperties, elasticsearchStore } from "./elasticsearch.ts";
import type { EmbeddingStore } from "./embedding-store.ts";
import { keyValueProperties, keyValueStore } from "./key-value-store.ts";
import { pgvectorProperties, pgvectorStore } from "./pgvector.ts";
import { qdrantProperties, qdrantStore } from "./qdrant.ts";

/** All that may stand as `embeddings`. */
export const STORES: readonly ElementKind<EmbeddingStore>[] = [
  elementKind({
    type: "ai.embeddings.KestraKVStore",
    aliases: ["langchain4j.embeddings.KestraKVStore"],
    title: "Embedded texts in the key-value store",
    properties: () => z.object(keyValueProperties()),
    make: keyValueStore,
  }),
  elementKind({
    type: "ai.embeddings.PGVector",
    aliases: ["langchain4j.embeddings.PGVector"],
    title: "Embedded texts in PostgreSQL with pgvector",
    properties: () => z.object(pgvectorProperties()),
    make: pgvectorStore,
  }),
  elementKind({
    type: "ai.embeddings.Qdrant",
    aliases: ["langchain4j.embeddings.Qdrant"],
    title: "Embedded texts in Qdrant",
    properties: () => z.object(qdrantProperties()),
    make: qdrantStore,
  }),
  elementKind({
    type: "ai.embeddings.Chroma",
    aliases: ["langchain4j.embeddings.Chroma"],
    title: "Embedded texts in Chroma",
    properties: () => z.object(chromaProperties()),
    make: chromaStore,
  }),
  elementKind({
    type: "ai.embeddings.Elasticsearch",
    aliases: ["langchain4j.embeddings.Elasticsearch"],
    title: "Embedded texts in Elasticsearch",
    properties: () => z.object(elasticsearchProperties()),
    make: elasticsearchStore,
  }),
];

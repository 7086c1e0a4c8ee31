import { type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { byId, type EmbeddedSegment, type EmbeddingStore, scoreOf, type Wanted } from "./embedding-store.ts";

/** Characters of all texts and vectors of a store: it is read as a whole for each search. */
export const STORE_CHARACTERS_MAX = 33_554_432;

export const keyValueProperties = () => ({
  kvName: text()
    .optional()
    .describe("Key of the store, in the namespace of the flow. Default: the id of the flow and `-embedding-store`."),
});

const stored = z.array(z.object({ text: z.string(), metadata: z.record(z.string(), z.unknown()), vector: z.base64() }));

/**
 * One value of the key-value store: without a server, for some thousand texts. What is added is kept by `finish`, so an ingestion that
 * fails changes nothing.
 */
export function keyValueStore(
  { services: { keyValues }, identity: { namespace, flowId } }: TaskContext<unknown>,
  { kvName = `${flowId}-embedding-store` }: { readonly kvName?: string | undefined },
): EmbeddingStore {
  let segments: z.output<typeof stored> | undefined;
  const known = async () => {
    if (segments !== undefined) return segments;
    const value = (await keyValues.get(namespace, kvName))?.value;
    if (value === undefined) return [];
    const read = stored.safeParse(typeof value === "string" ? jsonOf(value) : value);
    if (read.success) return read.data;
    throw new TaskFailure(`The key "${kvName}" of ${namespace} holds something else than embedded texts.`);
  };
  return {
    outputs: { kvName },
    drop: async () => {
      segments = [];
    },
    add: async (added) => {
      segments = [...byId([...(await known()), ...added.map(storedForm)]).values()];
    },
    finish: async () => {
      if (segments === undefined) return;
      const value = JSON.stringify(segments);
      if (value.length > STORE_CHARACTERS_MAX)
        throw new TaskFailure(
          `The texts and their vectors have ${value.length} characters, and a key-value store of them at most ${STORE_CHARACTERS_MAX}. Use ai.embeddings.PGVector, or another database.`,
        );
      await keyValues.set(namespace, kvName, value, { type: "STRING" });
    },
    search: async (vector, wanted) => closest(await known(), vector, wanted),
  };
}

function storedForm({ text: content, metadata, vector }: EmbeddedSegment) {
  return {
    text: content,
    metadata: { ...metadata },
    vector: Buffer.from(Float32Array.from(vector).buffer).toString("base64"),
  };
}

function closest(segments: z.output<typeof stored>, vector: readonly number[], { maxResults, minScore }: Wanted) {
  return segments
    .map(({ text: content, metadata, vector: base64 }) => ({
      text: content,
      metadata,
      score: scoreOf(cosineOf(vector, vectorOf(base64))),
    }))
    .filter(({ score }) => score >= minScore)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, maxResults);
}

function vectorOf(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

function cosineOf(one: readonly number[], other: Float32Array): number {
  if (one.length !== other.length)
    throw new TaskFailure(
      `The question has a vector of ${one.length} numbers, and the texts of ${other.length}: they were embedded with another model.`,
    );
  let [product, oneSquare, otherSquare] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    const against = other[index] ?? 0;
    product += value * against;
    oneSquare += value * value;
    otherSquare += against * against;
  }
  const lengths = Math.sqrt(oneSquare * otherSquare);
  return lengths === 0 ? 0 : product / lengths;
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // Told by the caller, as any other wrong value.
  }
}

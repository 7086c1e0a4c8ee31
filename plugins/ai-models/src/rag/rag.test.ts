import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { STORE_CHARACTERS_MAX } from "../embeddings/key-value-store.ts";
import { startChroma } from "../testing/chroma-api.ts";
import { PASSWORD as ELASTIC_PASSWORD, startElasticsearch } from "../testing/elasticsearch-api.ts";
import { chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";
import { startPostgresql } from "../testing/postgresql.ts";
import { KEY as QDRANT_KEY, startQdrant } from "../testing/qdrant-api.ts";
import { chatCompletion } from "./chat-completion.ts";
import { ingestDocument } from "./ingest-document.ts";
import { search } from "./search.ts";

const TYPE = "io.kestra.plugin.ai";

interface Place {
  readonly embeddings: JsonMap;
  readonly outputs: JsonMap;
  /** The same place, for one that can't be reached. */
  readonly away?: JsonMap;
}

/** Each kind of store, with whatever serves it; what is opened is closed with the stack. */
const STORES: readonly (readonly [string, (open: AsyncDisposableStack) => Promise<Place>])[] = [
  ["KestraKVStore", async () => ({ embeddings: { kvName: "texts" }, outputs: { kvName: "texts" } })],
  [
    "PGVector",
    async (open) => {
      const { connection } = open.use(await startPostgresql());
      const embeddings = { ...connection, table: "public.Texts of mine", useIndex: true };
      return { embeddings, outputs: { table: embeddings.table }, away: { ...embeddings, port: 1 } };
    },
  ],
  [
    "Qdrant",
    async (open) => {
      const { port } = open.use(await startQdrant());
      const embeddings = { host: "127.0.0.1", port, apiKey: QDRANT_KEY, collectionName: "texts" };
      return { embeddings, outputs: { collectionName: "texts" }, away: { ...embeddings, apiKey: "wrong-key" } };
    },
  ],
  [
    "Chroma",
    async (open) => {
      const { url } = open.use(await startChroma());
      const embeddings = { baseUrl: url, collectionName: "texts" };
      return {
        embeddings,
        outputs: { collectionName: "texts" },
        away: { ...embeddings, baseUrl: "http://127.0.0.1:1" },
      };
    },
  ],
  [
    "Elasticsearch",
    async (open) => {
      const { url } = open.use(await startElasticsearch());
      const connection = {
        hosts: [`${url}/`],
        pathPrefix: "/search/",
        basicAuth: { username: "elastic", password: ELASTIC_PASSWORD },
        headers: ["X-Team: a: b"],
      };
      const basicAuth = { username: "elastic", password: "wrong-key" };
      return {
        embeddings: { connection, indexName: "texts" },
        outputs: { indexName: "texts" },
        away: { connection: { ...connection, basicAuth } },
      };
    },
  ],
];

const documents = (...contents: readonly string[]) =>
  contents.map((content) => ({ content, metadata: { about: content } }));

describe.each(STORES)("texts in %s", (name, start) => {
  test("are found by what they mean, are given to a model, and are forgotten", { timeout: 60_000 }, async () => {
    await using open = new AsyncDisposableStack();
    const { embeddings: place, outputs, away } = await start(open);
    const api = open.use(await startOpenAi({ chat: chatSaying("They purr.") }));
    const world = open.use(createTestWorld());
    const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "small", baseUrl: api.baseUrl };
    const embeddings = { type: `${TYPE}.embeddings.${name}`, ...place };
    const ingest = (properties: JsonMap) => world.run(ingestDocument, { provider, embeddings, ...properties });
    const find = async (query: string, more: JsonMap = {}) => {
      const wanted = { query, maxResults: 2, minScore: 0.9, fetchType: "FETCH", ...more };
      const outcome = await world.run(search, { provider, embeddings, ...wanted });
      return outcome.outputs?.["results"] ?? outcome.message;
    };

    expect(
      await ingest({ fromDocuments: documents("The cat purrs.", "A dog barks.", "Rain is wet."), bulkSize: 2 }),
    ).toMatchObject({
      state: "SUCCESS",
      outputs: { ingestedDocuments: 3, inputTokenCount: 6, totalTokenCount: 6, embeddingStoreOutputs: outputs },
    });
    // Tried again, it adds nothing twice.
    for (const _attempt of [1, 2]) await ingest({ fromDocuments: documents("Another cat.", "Another cat.") });
    expect((await find("cat")) as string[]).toEqual(expect.arrayContaining(["The cat purrs.", "Another cat."]));
    expect(await find("dog", { maxResults: 1 })).toEqual(["A dog barks."]);
    expect(await find("dog", { fetchType: "FETCH_ONE" })).toEqual(["A dog barks."]);
    expect(await find("sun")).toEqual([]);
    // At a right angle to it, which is one half.
    expect((await find("sun", { minScore: 0.4, maxResults: 10 })) as string[]).toHaveLength(4);

    const asked = await world.run(chatCompletion, {
      prompt: "What does a dog do?",
      chatProvider: provider,
      embeddings,
    });
    expect(asked.outputs).toMatchObject({ textOutput: "They purr.", completion: "They purr." });
    const [first] = (asked.outputs?.["sources"] ?? []) as readonly JsonMap[];
    expect(first).toMatchObject({ content: "A dog barks.", metadata: { about: "A dog barks.", index: "0" } });

    await ingest({ fromDocuments: documents("The sun shines."), drop: true });
    expect(await find("cat", { minScore: 0, maxResults: 10 })).toEqual(["The sun shines."]);

    if (away === undefined) return;
    const { message } = await world.run(ingestDocument, {
      provider,
      embeddings: { ...embeddings, ...away },
      fromDocuments: documents("A cat."),
    });
    expect(message).toMatch(/(PostgreSQL|Qdrant|Elasticsearch|127\.0\.0\.1).*(did not do it|failed)/);
    expect(message).not.toMatch(/postgres-password|wrong-key/);
  });
});

async function ingested(
  properties: JsonMap,
  prepare: (world: ReturnType<typeof createTestWorld>) => Promise<JsonMap> = async () => ({}),
) {
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "small", baseUrl: api.baseUrl };
  const embeddings = { type: `${TYPE}.embeddings.KestraKVStore` };
  const more = await prepare(world);
  const outcome = await world.run(ingestDocument, { provider, embeddings, ...properties, ...more });
  const stored = (await world.services.keyValues.get("company.team", "my-flow-embedding-store"))?.value;
  const segments = stored === undefined ? [] : (JSON.parse(stored as string) as { text: string; metadata: JsonMap }[]);
  return {
    ...outcome,
    segments: segments.map(({ text, metadata }) => ({ text, metadata })),
    bodies: api.bodies,
    logs: world.logs,
  };
}

test("documents come from the folder of the task, stored files, the web, and the flow itself, in this order", async () => {
  const page = "<html><body><p>Web</p></body></html>";
  await using web = await startServer((_request, response) =>
    response.setHeader("content-type", "text/html").end(page),
  );
  const { writeFile, mkdir } = await import("node:fs/promises");
  const { segments, outputs } = await ingested(
    {
      fromPath: "docs",
      fromExternalURLs: [`${web.url}/page?key=hidden`],
      fromDocuments: [{ content: "Inline" }],
      metadata: { team: "a" },
    },
    async (world) => {
      const folder = await world.workingDirectory();
      await mkdir(`${folder}/docs/deep`, { recursive: true });
      await writeFile(`${folder}/docs/deep/one.txt`, "File");
      return { fromInternalURIs: [await world.files.put("two.md", "Stored")] };
    },
  );
  expect(outputs).toMatchObject({ ingestedDocuments: 4 });
  expect(segments).toMatchObject([
    { text: "File", metadata: { team: "a", file_name: "deep/one.txt", index: "0" } },
    { text: "Stored", metadata: { team: "a", file_name: expect.stringMatching(/two\.md$/) as string } },
    { text: "Web", metadata: { team: "a", url: `${web.url}/page` } },
    { text: "Inline", metadata: { team: "a" } },
  ]);
});

test("documents are cut, and embedded in bulks", async () => {
  const { segments, bodies, logs } = await ingested({
    fromDocuments: [{ content: "one two three four five" }],
    documentSplitter: { splitter: "WORD", maxSegmentSizeInChars: 9, maxOverlapSizeInChars: 4 },
    bulkSize: 2,
  });
  expect(segments.map(({ text }) => text)).toEqual(["one two", "two three", "four five"]);
  expect(bodies).toEqual([
    { model: "small", input: ["one two", "two three"] },
    { model: "small", input: ["four five"] },
  ]);
  expect(logs.at(-1)?.message).toBe("1 documents were ingested in 3 segments");
});

test.each<[JsonMap, RegExp]>([
  [{}, /^Nothing is ingested: give at least one of `fromPath`, /],
  [{ fromPath: "../secrets" }, /leads out of the working folder/],
  [{ fromPath: "nowhere" }, /^There is no "nowhere" in the folder of the task/],
  [
    { fromInternalURIs: ["https://example.com/a"] },
    /is no address of a stored file\. Others go into `fromExternalURLs`/,
  ],
  [{ fromExternalURLs: ["example.com"] }, /is no address of a server/],
  [
    { fromDocuments: [{ content: "a" }], documentSplitter: { maxSegmentSizeInChars: 5, maxOverlapSizeInChars: 5 } },
    /^`maxOverlapSizeInChars` must be less than/,
  ],
  [
    { fromDocuments: [{ content: "a" }], embeddings: { type: "ai.embeddings.Shelf" } },
    /^"ai\.embeddings\.Shelf" is none of the types/,
  ],
])("nothing is stored of %j", async (properties, message) => {
  const outcome = await ingested(properties);
  expect(outcome.message).toMatch(message);
  expect(outcome.segments).toEqual([]);
});

test("an ingestion that fails leaves what was kept before", async () => {
  const { segments, state } = await ingested(
    { fromDocuments: [{ content: "a" }], fromInternalURIs: ["kestra:///missing"], drop: true },
    async (world) => {
      const value = JSON.stringify([{ text: "kept", metadata: {}, vector: "" }]);
      await world.services.keyValues.set("company.team", "my-flow-embedding-store", value);
      return {};
    },
  );
  expect({ state, texts: segments.map(({ text }) => text) }).toEqual({ state: "FAILED", texts: ["kept"] });
});

test("a key-value store holds no more than a search can read at once", async () => {
  const { message } = await ingested({ fromDocuments: [{ content: "a".repeat(STORE_CHARACTERS_MAX) }] });
  expect(message).toMatch(/and a key-value store of them at most 33554432\. Use ai\.embeddings\.PGVector/);
});

test("texts that were embedded with another model are told apart from a question", async () => {
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const value = JSON.stringify([
    { text: "old", metadata: {}, vector: Buffer.from(new Float32Array(3).buffer).toString("base64") },
  ]);
  await world.services.keyValues.set("company.team", "k", value);
  const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "small", baseUrl: api.baseUrl };
  const embeddings = { type: `${TYPE}.embeddings.KestraKVStore`, kvName: "k" };
  const { message } = await world.run(search, { query: "x", maxResults: 1, minScore: 0, provider, embeddings });
  expect(message).toBe(
    "The question has a vector of 4 numbers, and the texts of 3: they were embedded with another model.",
  );
});

test("a model whose provider embeds nothing is refused", async () => {
  const provider = { type: `${TYPE}.provider.Anthropic`, apiKey: "k", modelName: "m" };
  const { message } = await ingested({ fromDocuments: [{ content: "a" }], provider });
  expect(message).toMatch(
    /^Anthropic has no model here that embeds texts\. These have: OpenAI, AzureOpenAI, GoogleGemini/,
  );
});

test("a question without anything to read is refused", async () => {
  await using world = createTestWorld();
  const chatProvider = { type: `${TYPE}.provider.OpenAI`, apiKey: "k", modelName: "m" };
  const { message } = await world.run(chatCompletion, { prompt: "Hi", chatProvider });
  expect(message).toMatch(/^The model is given nothing: give `embeddings` or `contentRetrievers`/);
});

test("a text that Elasticsearch refuses is told of, and so is a header that is none", async () => {
  await using server = await startElasticsearch();
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "small", baseUrl: api.baseUrl };
  const connection = {
    hosts: [`${server.url}/search`],
    basicAuth: { username: "elastic", password: ELASTIC_PASSWORD },
    headers: ["X-Team: a: b"],
  };
  const ingest = async (from: JsonMap, more: JsonMap = {}) => {
    const embeddings = {
      type: `${TYPE}.embeddings.Elasticsearch`,
      connection: { ...connection, ...more },
      indexName: "texts",
    };
    return (await world.run(ingestDocument, { provider: from, embeddings, fromDocuments: [{ content: "A cat." }] }))
      .message;
  };
  await using short = await startServer((_request, response) => response.end('{"data": [{"embedding": [0.5]}]}'));
  expect(await ingest(provider)).toBeUndefined();
  expect(await ingest({ type: `${TYPE}.provider.LocalAI`, modelName: "m", baseUrl: short.url })).toBe(
    "Elasticsearch did not store a text: has 1 dimensions, and must have 4",
  );
  const told = await ingest(provider, { headers: ["secret-without-name"] });
  expect(told).toBe("One of `connection.headers` is none. Write each as `Name: value`.");
  expect(world.masked).toEqual(expect.arrayContaining([ELASTIC_PASSWORD, "secret-without-name"]));
});

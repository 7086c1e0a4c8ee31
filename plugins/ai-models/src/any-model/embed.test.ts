import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { ingestDocument } from "../rag/ingest-document.ts";
import { KEY as GEMINI_KEY, MODEL as GEMINI_MODEL, startGemini } from "../testing/gemini-api.ts";
import { KEY, startOpenAi, vectorOf } from "../testing/openai-api.ts";

async function embedded(provider: JsonMap, contents: readonly string[]) {
  await using world = createTestWorld();
  const outcome = await world.run(ingestDocument, {
    provider: { modelName: "small", ...provider },
    embeddings: { type: "ai.embeddings.KestraKVStore", kvName: "k" },
    fromDocuments: contents.map((content) => ({ content })),
  });
  const value = (await world.services.keyValues.get("company.team", "k"))?.value;
  const stored = JSON.parse((value as string | undefined) ?? "[]") as readonly { vector: string }[];
  const vectors = stored.map(({ vector }) => [
    ...new Float32Array(Uint8Array.from(Buffer.from(vector, "base64")).buffer),
  ]);
  return { ...outcome, vectors };
}

test("many texts are embedded in several requests, and keep their order", async () => {
  await using api = await startOpenAi();
  const contents = Array.from({ length: 70 }, (_, index) => `${["cat", "dog", "rain"][index % 3]} ${index}`);
  const provider = { type: "ai.provider.OpenAI", apiKey: KEY, baseUrl: api.baseUrl };
  const { vectors, outputs } = await embedded(provider, contents);
  expect(api.bodies.map((body) => (body as { input: readonly string[] }).input.length)).toEqual([32, 32, 6]);
  expect(vectors).toEqual(contents.map((content) => [...Float32Array.from(vectorOf(content))]));
  expect(outputs).toMatchObject({ inputTokenCount: 140, totalTokenCount: 140 });
});

test("Gemini embeds a batch, as its configuration says", async () => {
  await using api = await startGemini();
  const provider = {
    type: "ai.provider.GoogleGemini",
    apiKey: GEMINI_KEY,
    baseUrl: api.baseUrl,
    modelName: GEMINI_MODEL,
  };
  const embeddingModelConfiguration = { taskType: "RETRIEVAL_DOCUMENT", outputDimensionality: 2 };
  const { vectors, outputs } = await embedded({ ...provider, embeddingModelConfiguration }, ["a", "b"]);
  expect(vectors).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(outputs).not.toHaveProperty("inputTokenCount");
  const request = (text: string) => ({
    model: `models/${GEMINI_MODEL}`,
    content: { parts: [{ text }] },
    taskType: "RETRIEVAL_DOCUMENT",
    outputDimensionality: 2,
  });
  expect(api.bodies).toEqual([{ requests: [request("a"), request("b")] }]);
});

test("too few vectors are no answer", async () => {
  await using api = await startGemini();
  const provider = {
    type: "ai.provider.GoogleGemini",
    apiKey: GEMINI_KEY,
    baseUrl: api.baseUrl,
    modelName: GEMINI_MODEL,
  };
  expect((await embedded(provider, ["a"])).message).toBe("Gemini answered with 2 vectors for 1 texts.");
});

test.each<[string, (url: string) => JsonMap, string]>([
  ["MistralAI", (baseUrl) => ({ baseUrl, apiKey: "k" }), "/embeddings"],
  ["OpenRouter", (baseUrl) => ({ baseUrl, apiKey: "k" }), "/embeddings"],
  ["GitHubModels", (baseUrl) => ({ baseUrl, gitHubToken: "k" }), "/embeddings"],
  ["WorkersAI", (baseUrl) => ({ baseUrl, apiKey: "k", accountId: "a" }), "/embeddings"],
  ["ZhiPuAI", (baseUrl) => ({ baseUrl, apiKey: "k" }), "/api/paas/v4/embeddings"],
  ["DashScope", (url) => ({ baseUrl: `${url}/api/v1`, apiKey: "k" }), "/compatible-mode/v1/embeddings"],
  ["Ollama", (endpoint) => ({ endpoint }), "/v1/embeddings"],
  ["LocalAI", (baseUrl) => ({ baseUrl }), "/embeddings"],
  ["DockerModel", (baseUrl) => ({ baseUrl }), "/embeddings"],
  [
    "AzureOpenAI",
    (endpoint) => ({ endpoint, apiKey: "k" }),
    "/openai/deployments/small/embeddings?api-version=2024-10-21",
  ],
])("%s embeds where it is", async (name, connection, url) => {
  await using server = await startServer((_request, response) => response.end('{"data": [{"embedding": [0.5]}]}'));
  const { vectors, message } = await embedded({ type: `ai.provider.${name}`, ...connection(server.url) }, ["a"]);
  expect(message).toBeUndefined();
  expect(vectors).toEqual([[0.5]]);
  expect(server.received[0]?.url).toBe(url);
  expect(JSON.parse(server.received[0]!.body)).toEqual({ model: "small", input: ["a"] });
});

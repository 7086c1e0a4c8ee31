import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CHAT } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";

const messages = [
  { type: "SYSTEM", content: "Be brief." },
  { type: "USER", content: "What is new?" },
];

async function asked(properties: JsonMap = {}) {
  await using server = await startServer((_request, response) =>
    response.end(JSON.stringify({ ...CHAT, citations: ["https://example.com"] })),
  );
  await using world = createTestWorld();
  const outcome = await world.run(chatCompletion, {
    baseUrl: server.url,
    apiKey: "k",
    model: "sonar",
    messages,
    ...properties,
  });
  const [request] = server.received;
  return { ...outcome, request, metrics: world.metrics };
}

test("a conversation is sent with the parameters that stand for nothing else", async () => {
  const { request, outputs, metrics } = await asked();
  expect(request).toMatchObject({ url: "/chat/completions", headers: { authorization: "Bearer k" } });
  expect(JSON.parse(request!.body)).toEqual({
    model: "sonar",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is new?" },
    ],
    temperature: 0.2,
    top_p: 0.9,
    top_k: 0,
    presence_penalty: 0,
    frequency_penalty: 0,
  });
  expect(outputs?.["outputText"]).toBe("This is critical.");
  expect(JSON.parse(outputs?.["rawResponse"] as string)).toMatchObject({ citations: ["https://example.com"] });
  expect(metrics.map(({ name }) => name)).toEqual([
    "usage.prompt.tokens",
    "usage.completion.tokens",
    "usage.total.tokens",
  ]);
});

test("parameters of its own are sent, and `stream` is not", async () => {
  const { request } = await asked({
    temperature: 1,
    topP: 0.1,
    topK: 5,
    presencePenalty: 1,
    frequencyPenalty: 2,
    maxTokens: 50,
    stream: true,
    jsonResponseSchema: '{"type": "object"}',
  });
  expect(JSON.parse(request!.body)).toMatchObject({
    temperature: 1,
    top_p: 0.1,
    top_k: 5,
    presence_penalty: 1,
    frequency_penalty: 2,
    max_tokens: 50,
    response_format: { type: "json_schema", json_schema: { schema: { type: "object" } } },
  });
  expect(JSON.parse(request!.body)).not.toHaveProperty("stream");
});

test("nothing is sent without messages", async () => {
  const { request, message } = await asked({ messages: [] });
  expect({ request, message }).toEqual({ request: undefined, message: "Nothing is asked: `messages` is empty." });
});

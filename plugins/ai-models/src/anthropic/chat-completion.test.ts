import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { KEY, MESSAGE, startAnthropic } from "../testing/anthropic-api.ts";
import { chatCompletion } from "./chat-completion.ts";

const MODEL = "claude-sonnet-5";
const messages = [{ type: "USER", content: "What is the capital of {{ country }}?" }];
const asIs = [{ role: "user", content: "What is the capital of Japan?" }];

async function asked(properties: JsonMap = {}, message: JsonMap = {}) {
  await using api = await startAnthropic(message);
  await using world = createTestWorld({ variables: { country: "Japan" } });
  const all = { baseUrl: api.baseUrl, apiKey: KEY, model: MODEL, messages, ...properties };
  const outcome = await world.run(chatCompletion, all);
  return {
    ...outcome,
    headers: api.received[0]?.headers,
    body: api.bodies[0],
    logs: world.logs,
    metrics: world.metrics,
  };
}

test("a conversation is sent, and its answer is one text", async () => {
  const { headers, body, outputs, metrics, logs } = await asked();
  expect(headers).toMatchObject({ "x-api-key": KEY, "anthropic-version": "2023-06-01" });
  expect(body).toEqual({ model: MODEL, max_tokens: 1024, messages: asIs });
  expect(outputs).toMatchObject({
    outputText: "It is Tokyo.",
    toolUses: [],
    stopReason: "end_turn",
    cacheCreationInputTokens: 20,
    cacheReadInputTokens: 10,
  });
  expect(JSON.parse(outputs?.["rawResponse"] as string)).toMatchObject(MESSAGE);
  expect(metrics.map(({ name, value }) => [name, value])).toEqual([
    ["usage.input.tokens", 7],
    ["usage.output.tokens", 3],
    ["usage.cache.creation.input.tokens", 20],
    ["usage.cache.read.input.tokens", 10],
  ]);
  expect(logs).toEqual([{ level: "INFO", message: "Anthropic answered with claude-sonnet-5, stop reason: end_turn" }]);
});

test("every parameter is sent under the name that the API has for it", async () => {
  const inputSchema = { properties: { city: { type: "string" } }, required: ["city"] };
  const { body, state } = await asked({
    messages: [...messages, { type: "ASSISTANT", content: "It is" }],
    system: "One word.",
    maxTokens: 5,
    temperature: 0,
    topP: 0.5,
    topK: 3,
    tools: [{ name: "weather", description: "Tells it", inputSchema }, { name: "time" }],
  });
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    model: MODEL,
    max_tokens: 5,
    messages: [...asIs, { role: "assistant", content: "It is" }],
    system: "One word.",
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    tools: [
      { name: "weather", description: "Tells it", input_schema: { type: "object", ...inputSchema } },
      { name: "time", input_schema: { type: "object" } },
    ],
  });
});

const mark = { cache_control: { type: "ephemeral" } };

test.each<[string, JsonMap, JsonMap]>([
  ["the system prompt", { system: "Long." }, { system: [{ type: "text", text: "Long.", ...mark }] }],
  [
    "the last tool",
    { tools: [{ name: "a" }, { name: "b" }] },
    {
      tools: [
        { name: "a", input_schema: { type: "object" } },
        { name: "b", input_schema: { type: "object" }, ...mark },
      ],
    },
  ],
  [
    "the system prompt, which holds for the tools before it",
    { system: "Long.", tools: [{ name: "a" }] },
    {
      system: [{ type: "text", text: "Long.", ...mark }],
      tools: [{ name: "a", input_schema: { type: "object" } }],
    },
  ],
  ["the messages, without either", {}, mark],
])("what is cached ends with %s", async (_what, properties, expected) => {
  const { body } = await asked({ promptCaching: true, ...properties });
  expect(body).toEqual({ model: MODEL, max_tokens: 1024, messages: asIs, ...expected });
});

test("tools that the model asks for are told", async () => {
  const content = [
    { type: "text", text: "I look." },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Tokyo" } },
  ];
  const { outputs } = await asked({ tools: [{ name: "weather" }] }, { content, stop_reason: "tool_use" });
  expect(outputs).toMatchObject({
    outputText: "I look.",
    stopReason: "tool_use",
    toolUses: [{ id: "toolu_1", name: "weather", input: { city: "Tokyo" } }],
  });
});

test.each([
  [{ stop_reason: "refusal", stop_details: { explanation: "harmful" } }, "Anthropic refused to answer: harmful"],
  [{ stop_reason: "max_tokens" }, "The answer is not complete: it reached `maxTokens`."],
])("an answer with %j is no failure, but warned of", async (message, warning) => {
  const { state, outputs, logs } = await asked({}, message);
  expect(state).toBe("SUCCESS");
  expect(outputs).toMatchObject({ stopReason: message.stop_reason });
  expect(logs).toContainEqual({ level: "WARN", message: warning });
});

test("nothing is sent without messages", async () => {
  expect(await asked({ messages: [] })).toMatchObject({
    body: undefined,
    message: "Nothing is asked: `messages` is empty.",
  });
});

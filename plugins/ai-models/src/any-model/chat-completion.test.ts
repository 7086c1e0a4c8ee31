import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { KEY as ANTHROPIC_KEY, MESSAGE, startAnthropic } from "../testing/anthropic-api.ts";
import { KEY as GEMINI_KEY, MODEL as GEMINI_MODEL, startGemini } from "../testing/gemini-api.ts";
import { CHAT, KEY as OPENAI_KEY, startOpenAi } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";

const TYPE = "io.kestra.plugin.ai.provider";
const CONVERSATION = [
  { type: "SYSTEM", content: "Be brief." },
  { type: "USER", content: "Hi {{ name }}" },
  { type: "AI", content: "Hello" },
  { type: "USER", content: "How are you?" },
];

async function asked(properties: JsonMap) {
  await using world = createTestWorld({ variables: { name: "Ada" } });
  return { ...(await world.run(chatCompletion, properties)), logs: world.logs, metrics: world.metrics };
}

const CONFIGURATION = { temperature: 0.5, topP: 0.9, topK: 4, seed: 7, maxToken: 100 };

describe("the same question and configuration are put into the words of each API", () => {
  test("of OpenAI", async () => {
    await using api = await startOpenAi();
    const provider = { type: `${TYPE}.OpenAI`, apiKey: OPENAI_KEY, modelName: "gpt-4o", baseUrl: api.baseUrl };
    const { outputs, logs, metrics } = await asked({ provider, messages: CONVERSATION, configuration: CONFIGURATION });
    expect(api.bodies).toEqual([
      {
        model: "gpt-4o",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Hi Ada" },
          { role: "assistant", content: "Hello" },
          { role: "user", content: "How are you?" },
        ],
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        max_completion_tokens: 100,
      },
    ]);
    expect(outputs).toEqual({
      textOutput: "This is critical.",
      aiResponse: "This is critical.",
      requestDuration: expect.any(Number) as number,
      tokenUsage: { inputTokenCount: 9, outputTokenCount: 4, totalTokenCount: 13 },
      finishReason: "STOP",
      guardrailViolated: false,
      toolExecutions: [],
      intermediateResponses: [],
      sources: [],
    });
    expect(metrics.map(({ name, value }) => [name, value])).toEqual([
      ["input.token.count", 9],
      ["output.token.count", 4],
      ["total.token.count", 13],
    ]);
    expect(logs).toEqual([
      { level: "WARN", message: "`configuration.topK` is left out: OpenAI has no parameter for it." },
      { level: "INFO", message: "gpt-4o answered, finish reason: STOP" },
    ]);
  });

  test("of Anthropic", async () => {
    await using api = await startAnthropic();
    const provider = { type: `${TYPE}.Anthropic`, apiKey: ANTHROPIC_KEY, modelName: "claude", baseUrl: api.baseUrl };
    const configuration = { ...CONFIGURATION, promptCaching: true, thinkingEnabled: true, thinkingBudgetTokens: 2048 };
    const { outputs } = await asked({ provider, messages: CONVERSATION, configuration });
    const said = (role: string, text: string) => ({ role, content: [{ type: "text", text }] });
    expect(api.bodies).toEqual([
      {
        model: "claude",
        max_tokens: 100,
        system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
        messages: [said("user", "Hi Ada"), said("assistant", "Hello"), said("user", "How are you?")],
        temperature: 0.5,
        top_p: 0.9,
        top_k: 4,
        thinking: { type: "enabled", budget_tokens: 2048 },
      },
    ]);
    expect(outputs).toMatchObject({ textOutput: "It is Tokyo.", finishReason: "STOP" });
  });

  test("of Gemini", async () => {
    await using api = await startGemini();
    const provider = {
      type: `${TYPE}.GoogleGemini`,
      apiKey: GEMINI_KEY,
      modelName: GEMINI_MODEL,
      baseUrl: api.baseUrl,
    };
    const configuration = { ...CONFIGURATION, thinkingBudgetTokens: 50, returnThinking: true };
    const { outputs } = await asked({ provider, messages: CONVERSATION, configuration });
    const said = (role: string, text: string) => ({ role, parts: [{ text }] });
    expect(api.bodies).toEqual([
      {
        systemInstruction: { parts: [{ text: "Be brief." }] },
        contents: [said("user", "Hi Ada"), said("model", "Hello"), said("user", "How are you?")],
        generationConfig: {
          temperature: 0.5,
          topP: 0.9,
          topK: 4,
          seed: 7,
          maxOutputTokens: 100,
          thinkingConfig: { thinkingBudget: 50, includeThoughts: true },
        },
      },
    ]);
    expect(outputs).toMatchObject({ textOutput: "Grace Hopper", tokenUsage: { totalTokenCount: 6 } });
  });
});

const withKey = (baseUrl: string) => ({ baseUrl, apiKey: "k" });
const BEARER = { authorization: "Bearer k" };
const PATH = "/chat/completions";

test.each<[string, (url: string) => JsonMap, string, Record<string, string | undefined>, JsonMap]>([
  ["MistralAI", withKey, PATH, BEARER, { random_seed: 7, max_tokens: 100 }],
  ["DeepSeek", withKey, PATH, BEARER, { max_tokens: 100 }],
  ["OpenRouter", withKey, PATH, BEARER, { seed: 7, top_k: 4, max_tokens: 100 }],
  ["HuggingFace", withKey, PATH, BEARER, { seed: 7, max_tokens: 100 }],
  [
    "Ollama",
    (url) => ({ endpoint: `${url}/` }),
    `/v1${PATH}`,
    { authorization: undefined },
    { seed: 7, max_tokens: 100 },
  ],
  ["LocalAI", (baseUrl) => ({ baseUrl }), PATH, { authorization: undefined }, { seed: 7, max_tokens: 100 }],
  ["DockerModel", withKey, PATH, BEARER, { seed: 7, max_tokens: 100 }],
  ["GitHubModels", (baseUrl) => ({ baseUrl, gitHubToken: "k" }), PATH, BEARER, { seed: 7, max_tokens: 100 }],
  ["WorkersAI", (baseUrl) => ({ ...withKey(baseUrl), accountId: "a" }), PATH, BEARER, { seed: 7, max_tokens: 100 }],
  [
    "ZhiPuAI",
    (url) => ({ ...withKey(`${url}/`), stops: ["x"], maxToken: 9 }),
    `/api/paas/v4${PATH}`,
    BEARER,
    { max_tokens: 100, stop: ["x"] },
  ],
  [
    "DashScope",
    (url) => ({ ...withKey(`${url}/api/v1`), enableSearch: true, repetitionPenalty: 1.1, maxTokens: 9 }),
    `/compatible-mode/v1${PATH}`,
    BEARER,
    { seed: 7, top_k: 4, max_tokens: 100, enable_search: true, repetition_penalty: 1.1 },
  ],
  [
    "AzureOpenAI",
    (endpoint) => ({ endpoint, apiKey: "k" }),
    `/openai/deployments/m${PATH}?api-version=2024-10-21`,
    { "api-key": "k" },
    { seed: 7, max_completion_tokens: 100 },
  ],
])("%s is asked where and as it wants to be", async (name, connection, url, headers, own) => {
  await using server = await startServer((_request, response) => response.end(JSON.stringify(CHAT)));
  const provider = { type: `${TYPE}.${name}`, modelName: "m", ...connection(server.url) };
  const messages = [{ type: "USER", content: "Hi" }];
  const { outputs, message } = await asked({ provider, messages, configuration: CONFIGURATION });
  expect(message).toBeUndefined();
  expect(outputs).toMatchObject({ textOutput: "This is critical." });
  const [request] = server.received;
  expect(request?.url).toBe(url);
  for (const [header, value] of Object.entries(headers)) expect(request?.headers[header]).toBe(value);
  expect(JSON.parse(request!.body)).toEqual({
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    temperature: 0.5,
    top_p: 0.9,
    ...own,
  });
});

const SCHEMA = {
  type: "object",
  properties: { mood: { type: "string" } },
  required: ["mood"],
  additionalProperties: false,
};

const told = `Answer with nothing but JSON that fits this JSON Schema:\n${JSON.stringify(SCHEMA)}`;

test.each<[string, JsonMap, string, JsonMap]>([
  [
    "OpenAI",
    { type: "JSON", jsonSchema: SCHEMA, jsonSchemaDescription: "A mood" },
    '{"mood": "fine"}',
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "output", description: "A mood", schema: SCHEMA, strict: true },
      },
    },
  ],
  [
    "OpenAI",
    { type: "JSON", jsonSchema: SCHEMA, strictJson: false },
    '{"mood": "fine"}',
    { response_format: { type: "json_schema", json_schema: { name: "output", schema: SCHEMA, strict: false } } },
  ],
  ["OpenAI", { type: "JSON" }, '```json\n{"mood": "fine"}\n```', { response_format: { type: "json_object" } }],
  [
    "DeepSeek",
    { type: "JSON", jsonSchema: SCHEMA },
    '{"mood": "fine"}',
    {
      messages: [
        { role: "system", content: told },
        { role: "user", content: "Hi" },
      ],
      response_format: { type: "json_object" },
    },
  ],
])("JSON is asked of %s as %j, and is a value", async (name, responseFormat, content, expected) => {
  const chat = { ...CHAT, choices: [{ ...CHAT.choices[0], message: { role: "assistant", content } }] };
  await using api = await startOpenAi({ chat });
  const provider = { type: `${TYPE}.${name}`, apiKey: OPENAI_KEY, modelName: "m", baseUrl: api.baseUrl };
  const messages = [{ type: "USER", content: "Hi" }];
  const { outputs } = await asked({ provider, messages, configuration: { responseFormat } });
  expect(outputs?.["jsonOutput"]).toEqual({ mood: "fine" });
  expect(api.bodies[0]).toMatchObject(expected);
});

test.each([
  [true, { output_config: { format: { type: "json_schema", schema: SCHEMA } } }],
  [false, { system: told }],
])(
  "Anthropic makes sure of a schema when it is strict (%s), and is told it otherwise",
  async (strictJson, expected) => {
    await using api = await startAnthropic({ content: [{ type: "text", text: '{"mood": "fine"}' }] });
    const provider = { type: `${TYPE}.Anthropic`, apiKey: ANTHROPIC_KEY, modelName: "m", baseUrl: api.baseUrl };
    const configuration = { responseFormat: { type: "JSON", jsonSchema: SCHEMA, strictJson } };
    const { outputs } = await asked({ provider, messages: [{ type: "USER", content: "Hi" }], configuration });
    expect(outputs?.["jsonOutput"]).toEqual({ mood: "fine" });
    expect(api.bodies[0]).toMatchObject(expected);
  },
);

test("Gemini is given only the words of a schema that it knows", async () => {
  const content = { parts: [{ text: '{"mood": "fine"}' }] };
  await using api = await startGemini({ candidates: [{ content, finishReason: "STOP" }] });
  const provider = { type: `${TYPE}.GoogleGemini`, apiKey: GEMINI_KEY, modelName: GEMINI_MODEL, baseUrl: api.baseUrl };
  const jsonSchema = {
    ...SCHEMA,
    properties: { additionalProperties: { type: "object", additionalProperties: false } },
  };
  const configuration = { responseFormat: { type: "JSON", jsonSchema } };
  await asked({ provider, messages: [{ type: "USER", content: "Hi" }], configuration });
  const responseSchema = {
    type: "object",
    properties: { additionalProperties: { type: "object" } },
    required: ["mood"],
  };
  expect(api.bodies).toMatchObject([{ generationConfig: { responseMimeType: "application/json", responseSchema } }]);
  expect(JSON.stringify(api.bodies)).not.toContain("false");
});

test("what is no JSON although it was asked for fails, and is kept", async () => {
  await using api = await startOpenAi();
  const provider = { type: `${TYPE}.OpenAI`, apiKey: OPENAI_KEY, modelName: "m", baseUrl: api.baseUrl };
  const configuration = { responseFormat: { type: "JSON" } };
  const outcome = await asked({ provider, messages: [{ type: "USER", content: "Hi" }], configuration });
  expect(outcome).toMatchObject({
    state: "FAILED",
    message: "The model was asked for JSON, and answered with what is none.",
    outputs: { textOutput: "This is critical." },
  });
});

test("thoughts are an output when they are asked for", async () => {
  const content = [{ type: "thinking", thinking: "Hm." }, ...MESSAGE.content];
  for (const returnThinking of [true, false]) {
    await using api = await startAnthropic({ content });
    const provider = { type: `${TYPE}.Anthropic`, apiKey: ANTHROPIC_KEY, modelName: "m", baseUrl: api.baseUrl };
    const properties = { provider, messages: [{ type: "USER", content: "Hi" }], configuration: { returnThinking } };
    expect((await asked(properties)).outputs?.["thinking"]).toBe(returnThinking ? "Hm." : undefined);
  }
});

import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CHAT, KEY, startOpenAi } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";

const MODEL = "gpt-4o";

/** What OpenAI gets for these properties, and what the task comes to. */
async function asked(
  properties: JsonMap,
  { chat = CHAT, variables = {} }: { chat?: unknown; variables?: Record<string, unknown> } = {},
) {
  await using api = await startOpenAi({ chat });
  await using world = createTestWorld({ variables });
  const outcome = await world.run(chatCompletion, { baseUrl: api.baseUrl, apiKey: KEY, model: MODEL, ...properties });
  return { ...outcome, body: api.bodies[0], logs: world.logs, metrics: world.metrics };
}

function answered(choice: object) {
  return { ...CHAT, choices: [{ ...CHAT.choices[0], ...choice }] };
}

test("a conversation of a flow is sent, and its answer is where flows read it", async () => {
  const { body, outputs, state } = await asked(
    {
      apiKey: "{{ envs.OPENAI_API_KEY }}",
      messages: [
        { role: "system", content: "You are an SRE assistant." },
        { role: "user", content: "Error logs from {{ inputs.service }}" },
      ],
    },
    { variables: { envs: { OPENAI_API_KEY: KEY }, inputs: { service: "api" } } },
  );
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    model: MODEL,
    messages: [
      { role: "system", content: "You are an SRE assistant." },
      { role: "user", content: "Error logs from api" },
    ],
  });
  expect(outputs).toEqual({
    id: CHAT.id,
    object: CHAT.object,
    model: CHAT.model,
    choices: CHAT.choices,
    usage: CHAT.usage,
  });
});

test.each<[string, JsonMap, JsonMap[]]>([
  ["a prompt", { prompt: "Hi" }, [{ role: "user", content: "Hi" }]],
  [
    "messages before the prompt",
    { messages: [{ role: "ASSISTANT", content: "Paris", name: "bot" }], prompt: "And Germany?" },
    [
      { role: "assistant", content: "Paris", name: "bot" },
      { role: "user", content: "And Germany?" },
    ],
  ],
  ["messages of another task", { messages: "{{ built }}" }, [{ role: "user", content: "from a script" }]],
])("%s is asked", async (_what, properties, messages) => {
  const { body } = await asked(properties, { variables: { built: [{ role: "user", content: "from a script" }] } });
  expect(body).toEqual({ model: MODEL, messages });
});

test("every parameter is sent under the name that the API has for it", async () => {
  const { body, state } = await asked(
    {
      prompt: "Hi",
      temperature: 0.2,
      topP: "{{ p }}",
      n: 2,
      stop: ["END"],
      maxTokens: 800,
      presencePenalty: -1,
      frequencyPenalty: 1.5,
      logitBias: { "50256": -100 },
      user: "u1",
      promptCaching: true,
    },
    { variables: { p: 0.5 } },
  );
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    model: MODEL,
    messages: [{ role: "user", content: "Hi" }],
    temperature: 0.2,
    top_p: 0.5,
    n: 2,
    stop: ["END"],
    max_completion_tokens: 800,
    presence_penalty: -1,
    frequency_penalty: 1.5,
    logit_bias: { "50256": -100 },
    user: "u1",
    prompt_cache_key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

const REVIEW = {
  name: "respond",
  description: "Answers a review",
  parameters: [
    { name: "urgency", description: "How urgent", type: "string", enumValues: ["now", "later"], required: true },
    { name: "text", description: "The answer", type: "string" },
  ],
};

test("functions are tools, and what the model calls is read as a map", async () => {
  const call = { id: "call_1", type: "function", function: { name: "respond", arguments: '{"urgency": "now"}' } };
  const message = { role: "assistant", content: null, refusal: null, tool_calls: [call] };
  const { body, outputs } = await asked(
    { prompt: "Bad!", functions: [REVIEW], functionCall: "respond" },
    { chat: answered({ finish_reason: "tool_calls", message }) },
  );
  const parameters = {
    type: "object",
    properties: {
      urgency: { type: "string", description: "How urgent", enum: ["now", "later"] },
      text: { type: "string", description: "The answer" },
    },
    required: ["urgency"],
  };
  expect(body).toMatchObject({
    tools: [{ type: "function", function: { name: "respond", description: "Answers a review", parameters } }],
    tool_choice: { type: "function", function: { name: "respond" } },
  });
  expect(outputs?.["choices"]).toMatchObject([
    {
      finish_reason: "tool_calls",
      message: { tool_calls: [call], function_call: { name: "respond", arguments: { urgency: "now" } } },
    },
  ]);
});

test("arguments that are no JSON are given as they are", async () => {
  const call = { id: "call_1", type: "function", function: { name: "respond", arguments: '{"urgency": "no' } };
  const message = { role: "assistant", content: null, refusal: null, tool_calls: [call] };
  const { outputs } = await asked({ prompt: "Bad!", functions: [REVIEW] }, { chat: answered({ message }) });
  expect(outputs?.["choices"]).toMatchObject([{ message: { function_call: { arguments: '{"urgency": "no' } } }]);
});

test.each([
  [{ functions: [REVIEW] }, "auto"],
  [{ functions: [REVIEW], functionCall: "AUTO" }, "auto"],
  [{ functions: [REVIEW], functionCall: "none" }, "none"],
  [{ functions: [REVIEW], functionCall: "required" }, "required"],
  [{ functionCall: "auto" }, undefined],
  [{ functionCall: "none", functions: [] }, undefined],
])("for %j the choice of a tool is %j", async (properties, choice) => {
  const { body, state } = await asked({ prompt: "Hi", ...properties });
  expect(state).toBe("SUCCESS");
  expect((body as JsonMap)["tool_choice"]).toBe(choice);
});

const prompt = "Hi";

test.each<[JsonMap, RegExp]>([
  [{ prompt, functions: [REVIEW], functionCall: "reply" }, /names "reply", .*there are respond\. Write auto/],
  [{ prompt, functionCall: "reply" }, /which is none of the `functions`: there are none/],
  [{ prompt, functionCall: "required" }, /^`functionCall` is required, but there are no `functions`/],
  [{}, /^Nothing is asked: give `messages`, a `prompt`, or both/],
  [{ messages: [] }, /^Nothing is asked/],
  [{ messages: [{ role: "sytem", content: "x" }] }, /^`messages\[0\]\.role` is "sytem", which is none of system, user/],
  [{ prompt, jsonResponseSchema: "{type: object}" }, /^`jsonResponseSchema` is no JSON: /],
  [{ prompt, jsonResponseSchema: "[]" }, /^`jsonResponseSchema` is no JSON Schema: write a map/],
  [{ prompt, temperature: 2.1 }, /temperature/],
  [{ prompt, clientTimeout: 0 }, /clientTimeout/],
  [{ prompt, clientTimeout: 86_401 }, /clientTimeout/],
])("nothing is sent for %j", async (properties, message) => {
  const { body, state, ...outcome } = await asked(properties);
  expect({ body, state }).toEqual({ body: undefined, state: "FAILED" });
  expect(outcome.message).toMatch(message);
});

test.each([
  [
    '{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}',
    true,
  ],
  ['{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}', false],
])("an answer in JSON is asked for with the schema %s", async (jsonResponseSchema, strict) => {
  const { body } = await asked({ prompt: "Hi", jsonResponseSchema });
  expect(body).toMatchObject({
    response_format: {
      type: "json_schema",
      json_schema: { strict, schema: JSON.parse(jsonResponseSchema) as JsonMap },
    },
  });
});

test.each([
  [
    { message: { role: "assistant", content: null, refusal: "I can't help" } },
    "OpenAI refused to answer: I can't help",
  ],
  [{ finish_reason: "content_filter" }, "OpenAI left out content that its filter found."],
  [{ finish_reason: "length" }, "The answer is not complete: it reached the limit of tokens."],
])("an answer with %j is no failure, but warned of", async (choice, warning) => {
  const { state, outputs, logs } = await asked({ prompt: "Hi" }, { chat: answered(choice) });
  expect(state).toBe("SUCCESS");
  expect(outputs?.["choices"]).toMatchObject([choice]);
  expect(logs.filter(({ level }) => level === "WARN").map(({ message }) => message)).toEqual([warning]);
});

test("tokens are counted, and the log says how it ended but not what was said", async () => {
  const { metrics, logs } = await asked({ prompt: "a secret plan" });
  expect(metrics).toEqual([
    { name: "usage.prompt.tokens", type: "counter", value: 9 },
    { name: "usage.completion.tokens", type: "counter", value: 4 },
    { name: "usage.total.tokens", type: "counter", value: 13 },
  ]);
  expect(logs).toEqual([
    { level: "INFO", message: "OpenAI answered with gpt-4o-2024-08-06, 13 tokens, finish reason: stop" },
  ]);
});

test("a server that speaks as OpenAI does may leave out what it doesn't know", async () => {
  const chat = { choices: [{ message: { role: "assistant", content: "Hi" } }] };
  const { outputs, metrics, logs } = await asked({ prompt: "Hi" }, { chat });
  expect(outputs).toEqual(chat);
  expect(metrics).toEqual([]);
  expect(logs).toEqual([{ level: "INFO", message: "OpenAI answered with gpt-4o, finish reason: unknown" }]);
});

test("the address may end with a slash", async () => {
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const properties = { baseUrl: `${api.baseUrl}/`, apiKey: KEY, model: MODEL, prompt: "Hi" };
  expect((await world.run(chatCompletion, properties)).state).toBe("SUCCESS");
});

test("the key counts as a secret, whatever it was made of", () => {
  expect(chatCompletion.properties.shape["apiKey"]?.meta()).toMatchObject({ secret: true });
});

test("a killed task lets go of its connection at once", async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<string>();
  const killing = new AbortController();
  await using server = await startServer((_request, response) => {
    response.once("close", () => close("closed"));
    killing.abort(new Error("killed"));
  });
  await using world = createTestWorld({ signal: killing.signal });
  const outcome = await world.run(chatCompletion, { baseUrl: server.url, apiKey: KEY, model: MODEL, prompt: "Hi" });
  expect(outcome).toMatchObject({ state: "FAILED", message: "killed" });
  expect(await closed).toBe("closed");
});

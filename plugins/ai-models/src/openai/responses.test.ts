import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { KEY, RESPONSE, startOpenAi } from "../testing/openai-api.ts";
import { responses } from "./responses.ts";

const MODEL = "gpt-4.1-mini";

async function asked(properties: JsonMap, response: unknown = RESPONSE) {
  await using api = await startOpenAi({ response });
  await using world = createTestWorld({ variables: { question: "What changed?" } });
  const outcome = await world.run(responses, { baseUrl: api.baseUrl, apiKey: KEY, model: MODEL, ...properties });
  return { ...outcome, body: api.bodies[0], logs: world.logs, metrics: world.metrics };
}

test("a text is asked, and answered with its sources", async () => {
  const { body, outputs, metrics } = await asked({ input: "{{ question }}" });
  expect(body).toEqual({ model: MODEL, input: "What changed?", store: true });
  expect(outputs).toEqual({
    responseId: "resp_1",
    outputText: "Two things changed.",
    sources: ["https://example.com/a"],
    rawResponse: RESPONSE,
  });
  expect(metrics.map(({ name, value }) => [name, value])).toEqual([
    ["usage.input.tokens", 5],
    ["usage.output.tokens", 6],
    ["usage.total.tokens", 11],
  ]);
});

test("every parameter is sent under the name that the API has for it", async () => {
  const input = [{ role: "user", content: [{ type: "input_text", text: "{{ question }}" }] }];
  const format = { type: "json_schema", name: "food", schema: { type: "object" } };
  const { body, state } = await asked({
    input,
    text: { format },
    tools: [{ type: "web_search" }],
    toolChoice: "REQUIRED",
    store: false,
    previousResponseId: "resp_0",
    promptId: "pmpt_1",
    promptVariables: { city: "Berlin" },
    reasoning: { effort: "low" },
    maxOutputTokens: 500,
    temperature: 0,
    topP: 1,
    parallelToolCalls: false,
    promptCaching: true,
    user: "u1",
  });
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    model: MODEL,
    input: [{ role: "user", content: [{ type: "input_text", text: "What changed?" }] }],
    text: { format },
    tools: [{ type: "web_search" }],
    tool_choice: "required",
    store: false,
    previous_response_id: "resp_0",
    prompt: { id: "pmpt_1", variables: { city: "Berlin" } },
    reasoning: { effort: "low" },
    max_output_tokens: 500,
    temperature: 0,
    top_p: 1,
    parallel_tool_calls: false,
    prompt_cache_key: expect.any(String) as string,
    user: "u1",
  });
});

test("where a function is to be called, the text is its arguments", async () => {
  const output = [{ type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: '{"a": 1}' }];
  expect((await asked({ input: "x" }, { ...RESPONSE, output })).outputs).toMatchObject({ outputText: '{"a": 1}' });
});

test.each([
  [
    { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
    "The answer is not complete: max_output_tokens",
  ],
  [
    { output: [{ type: "message", content: [{ type: "refusal", refusal: "I can't help" }] }] },
    "OpenAI refused to answer: I can't help",
  ],
])("an answer with %j is no failure, but warned of", async (part, warning) => {
  const { state, logs } = await asked({ input: "x" }, { ...RESPONSE, ...part });
  expect(state).toBe("SUCCESS");
  expect(logs).toContainEqual({ level: "WARN", message: warning });
});

test("an answer that failed fails the task, which keeps it", async () => {
  const failed = {
    ...RESPONSE,
    status: "failed",
    error: { code: "server_error", message: "out of order" },
    output: [],
  };
  const { state, message, outputs } = await asked({ input: "x" }, failed);
  expect({ state, message }).toEqual({ state: "FAILED", message: "OpenAI failed to answer: out of order" });
  expect(outputs).toMatchObject({ responseId: "resp_1" });
});

test("variables without their prompt are refused", async () => {
  expect((await asked({ input: "x", promptVariables: { a: "b" } })).message).toMatch(/say which one with `promptId`/);
});

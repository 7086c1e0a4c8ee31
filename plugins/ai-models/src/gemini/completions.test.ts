import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CONTENT, KEY, MODEL, startGemini } from "../testing/gemini-api.ts";
import { chatCompletion } from "./chat-completion.ts";
import { structuredOutputCompletion } from "./structured-output-completion.ts";
import { textCompletion } from "./text-completion.ts";

async function asked(task: TaskDefinition, properties: JsonMap, answer: unknown = CONTENT) {
  await using api = await startGemini(answer);
  await using world = createTestWorld({ variables: { name: "Grace" } });
  const outcome = await world.run(task, { baseUrl: api.baseUrl, apiKey: KEY, model: MODEL, ...properties });
  return { ...outcome, body: api.bodies[0], received: api.received, logs: world.logs, metrics: world.metrics };
}

const prompt = "Who was {{ name }}?";
const contents = [{ role: "user", parts: [{ text: "Who was Grace?" }] }];
const schema = { type: "array", items: { type: "string" } };

test.each<[TaskDefinition, JsonMap, JsonMap, unknown]>([
  [textCompletion, { prompt }, { contents }, [{ content: "Grace Hopper", finishReason: "STOP" }]],
  [
    structuredOutputCompletion,
    { prompt, jsonResponseSchema: JSON.stringify(schema) },
    { contents, generationConfig: { responseMimeType: "application/json", responseSchema: schema } },
    ["Grace Hopper"],
  ],
  [
    chatCompletion,
    {
      messages: [
        { type: "SYSTEM", content: "Be brief." },
        { type: "USER", content: prompt },
        { type: "AI", content: "Hopper?" },
        { type: "USER", content: "Yes." },
      ],
    },
    {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        ...contents,
        { role: "model", parts: [{ text: "Hopper?" }] },
        { role: "user", parts: [{ text: "Yes." }] },
      ],
    },
    [{ content: "Grace Hopper", finishReason: "STOP" }],
  ],
])("$type asks and answers", async (task, properties, body, predictions) => {
  const { metrics, logs, ...outcome } = await asked(task, properties);
  expect(outcome).toMatchObject({ state: "SUCCESS", body, outputs: { predictions } });
  expect(metrics.map(({ name, value }) => [name, value])).toEqual([
    ["candidate.token.count", 2],
    ["prompt.token.count", 4],
    ["total.token.count", 6],
  ]);
  expect(logs).toEqual([{ level: "INFO", message: "Gemini answered with gemini-2.5-flash, finish reason: STOP" }]);
});

test("the key is in no address, and the model may have its prefix", async () => {
  const { received } = await asked(textCompletion, { prompt, model: `models/${MODEL}` });
  expect(received.map(({ url }) => url)).toEqual([`/v1beta/models/${MODEL}:generateContent`]);
});

test("thoughts of the model are no part of its answer", async () => {
  const parts = [{ text: "Hm.", thought: true }, { text: "Hopper" }];
  const { outputs } = await asked(textCompletion, { prompt }, { candidates: [{ content: { parts } }] });
  expect(outputs).toEqual({ predictions: [{ content: "Hopper" }] });
});

test.each([
  [{ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }, "PROHIBITED_CONTENT", []],
  [
    {
      candidates: [
        { finishReason: "SAFETY", safetyRatings: [{ category: "HARM_CATEGORY_HARASSMENT", blocked: true }] },
      ],
    },
    "SAFETY",
    [
      {
        content: "",
        finishReason: "SAFETY",
        safetyRatings: [{ category: "HARM_CATEGORY_HARASSMENT", blocked: true }],
      },
    ],
  ],
])("an answer that is held back ends with a warning: %j", async (answer, reason, predictions) => {
  const { state, outputs, logs } = await asked(textCompletion, { prompt }, answer);
  expect({ state, outputs }).toEqual({ state: "WARNING", outputs: { predictions } });
  expect(logs).toContainEqual({ level: "WARN", message: `Gemini held back its answer: ${reason}` });
});

test("an answer that is cut off is warned of", async () => {
  const { state, logs } = await asked(textCompletion, { prompt }, { candidates: [{ finishReason: "MAX_TOKENS" }] });
  expect(state).toBe("SUCCESS");
  expect(logs.at(-1)?.message).toBe("The answer is not complete: it reached the limit of tokens.");
});

test.each<[TaskDefinition, JsonMap, RegExp]>([
  [chatCompletion, { messages: [{ type: "SYSTEM", content: "x" }] }, /`messages` has none of the type USER or AI/],
  [structuredOutputCompletion, { prompt, jsonResponseSchema: "{" }, /^`jsonResponseSchema` is no JSON/],
])("$type sends nothing when it can't", async (task, properties, message) => {
  const outcome = await asked(task, properties);
  expect(outcome.message).toMatch(message);
  expect(outcome.received).toEqual([]);
});

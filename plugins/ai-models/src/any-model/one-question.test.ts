import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CHAT, KEY, startOpenAi } from "../testing/openai-api.ts";
import { classification } from "./classification.ts";
import { jsonStructuredExtraction } from "./json-structured-extraction.ts";

async function asked(task: TaskDefinition, content: string, properties: JsonMap) {
  const chat = { ...CHAT, choices: [{ ...CHAT.choices[0], message: { role: "assistant", content } }] };
  await using api = await startOpenAi({ chat });
  await using world = createTestWorld({ variables: { review: "I love it" } });
  const provider = { type: "io.kestra.plugin.ai.provider.OpenAI", apiKey: KEY, modelName: "m", baseUrl: api.baseUrl };
  const outcome = await world.run(task, { provider, prompt: "{{ review }}", ...properties });
  const warnings = world.logs.filter(({ level }) => level === "WARN").map(({ message }) => message);
  return { ...outcome, body: api.bodies[0], warnings };
}

const classes = ["positive", "negative"];
const COMMON = {
  tokenUsage: { inputTokenCount: 9, outputTokenCount: 4, totalTokenCount: 13 },
  finishReason: "STOP",
  guardrailViolated: false,
};

test("a class is chosen", async () => {
  const { outputs, body, warnings } = await asked(classification, " positive\n", { classes });
  expect(outputs).toEqual({ classification: "positive", ...COMMON });
  expect(body).toEqual({
    model: "m",
    messages: [
      {
        role: "system",
        content: `Answer with the exact name of one of these classes, and nothing else: ${JSON.stringify(classes)}`,
      },
      { role: "user", content: "I love it" },
    ],
  });
  expect(warnings).toEqual([]);
});

test("what is none of the classes is warned of", async () => {
  const { outputs, warnings } = await asked(classification, "great", {
    classes,
    systemMessage: "One of {{ classes }}",
  });
  expect(outputs?.["classification"]).toBe("great");
  expect(warnings).toEqual(["The model answered with none of the classes: positive, negative"]);
});

const EXTRACTION = { schemaName: "A person!", jsonFields: ["name", "email"] };

test("fields are extracted as JSON", async () => {
  const { outputs, body } = await asked(jsonStructuredExtraction, '```\n{"name": "Ada", "email": ""}\n```', EXTRACTION);
  expect(outputs).toEqual({ schemaName: "A person!", extractedJson: '{"name": "Ada", "email": ""}', ...COMMON });
  expect(body).toMatchObject({
    messages: [
      { role: "system", content: "You extract facts as JSON. Answer with nothing but valid JSON." },
      { role: "user" },
    ],
    response_format: {
      json_schema: {
        name: "A_person_",
        strict: true,
        schema: {
          type: "object",
          properties: { name: { type: "string" }, email: { type: "string" } },
          required: ["name", "email"],
          additionalProperties: false,
        },
      },
    },
  });
});

test("what is no JSON fails", async () => {
  expect(await asked(jsonStructuredExtraction, "Ada", EXTRACTION)).toMatchObject({
    state: "FAILED",
    outputs: { textOutput: "Ada" },
  });
});

test.each<[TaskDefinition, JsonMap]>([
  [classification, { classes }],
  [jsonStructuredExtraction, EXTRACTION],
])("$type keeps to its guardrails", async (task, properties) => {
  const guardrails = { input: [{ expression: "false", message: "no" }] };
  const { outputs, body } = await asked(task, "x", { ...properties, guardrails });
  expect(outputs).toEqual({ guardrailViolated: true, guardrailViolationMessage: "no" });
  expect(body).toBeUndefined();
});

test.each<[TaskDefinition, JsonMap, RegExp]>([
  [classification, { classes: [] }, /`classes` is empty/],
  [jsonStructuredExtraction, { ...EXTRACTION, jsonFields: [] }, /`jsonFields` is empty/],
  [classification, { classes, prompt: null }, /^Nothing is asked: give a `prompt`, `contentBlocks`, or both/],
])("$type sends nothing when it can't", async (task, properties, message) => {
  const outcome = await asked(task, "x", properties);
  expect(outcome.message).toMatch(message);
  expect(outcome.body).toBeUndefined();
});

import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { startFakeApi } from "../testing/fake-api.ts";
import { CHAT, chatRequest } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";
import { VENDORS } from "./vendors.ts";

const messages = [
  { type: "SYSTEM", content: "Be brief." },
  { type: "USER", content: "Hi" },
  { type: "ASSISTANT", content: "Hello" },
];
const said = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Hello" },
];

const vendorOf = (name: string) => VENDORS.find((vendor) => vendor.name === name)!;

async function asked(name: string, properties: JsonMap = {}, isChecked = true) {
  await using api = await startFakeApi(
    { prefix: "/v1", isAllowed: ({ authorization }) => authorization === "Bearer k" },
    { "POST /chat/completions": { ...(isChecked && { request: chatRequest }), answer: CHAT } },
  );
  await using world = createTestWorld();
  const all = { baseUrl: api.baseUrl, apiKey: "k", modelName: "m", messages, ...properties };
  return { ...(await world.run(chatCompletion(vendorOf(name)), all)), bodies: api.bodies };
}

describe.each(VENDORS)("$name", ({ name, type, baseUrl }) => {
  test("is asked, and answers", async () => {
    const { bodies, outputs } = await asked(name);
    expect(bodies).toEqual([{ model: "m", messages: said }]);
    expect(outputs).toEqual({ response: "This is critical.", raw: JSON.stringify(CHAT) });
  });

  test("has its own address", () => {
    const { properties } = chatCompletion(vendorOf(name));
    expect(properties.shape["baseUrl"]?.safeParse(undefined).data).toBe(baseUrl);
    expect(new URL(baseUrl).host).toContain(type.split(".").at(-2));
  });

  test("is sent nothing without messages", async () => {
    expect(await asked(name, { messages: [] })).toMatchObject({
      message: "Nothing is asked: `messages` is empty.",
      bodies: [],
    });
  });
});

test("Mistral is given the schema as the API has it", async () => {
  const { bodies } = await asked("Mistral", { jsonResponseSchema: '{"type": "object"}' });
  const json_schema = { name: "response", schema: { type: "object" }, strict: false };
  expect(bodies).toEqual([{ model: "m", messages: said, response_format: { type: "json_schema", json_schema } }]);
});

test("DeepSeek is told the schema, which may be any description", async () => {
  const { bodies } = await asked("DeepSeek", { jsonResponseSchema: "{type: object" }, false);
  expect(bodies).toEqual([
    {
      model: "m",
      messages: [
        { role: "system", content: "Answer with nothing but JSON that fits this JSON Schema:\n{type: object" },
        ...said,
      ],
      response_format: { type: "json_object" },
    },
  ]);
});

test("an empty schema is none", async () => {
  expect((await asked("DeepSeek", { jsonResponseSchema: " " })).bodies).toEqual([{ model: "m", messages: said }]);
});

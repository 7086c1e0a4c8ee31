import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { KEY as GEMINI_KEY, MODEL as GEMINI_MODEL, startGemini } from "../testing/gemini-api.ts";
import { IMAGES, KEY, startOpenAi } from "../testing/openai-api.ts";
import { imageGeneration } from "./image-generation.ts";

async function drawn(provider: JsonMap) {
  await using world = createTestWorld();
  const { outputs, message } = await world.run(imageGeneration, { provider, prompt: "A cat" });
  const uri = String(outputs?.["imageUrl"]);
  const content = uri.startsWith("kestra:") ? await world.files.text(uri) : undefined;
  return { outputs, message, uri, content, metrics: world.metrics };
}

const openAi = (baseUrl: string) => ({ type: "ai.provider.OpenAI", apiKey: KEY, modelName: "gpt-image-1", baseUrl });

test("an image without an address is stored", async () => {
  await using api = await startOpenAi();
  const { outputs, content, uri, metrics } = await drawn(openAi(api.baseUrl));
  expect(api.bodies).toEqual([{ model: "gpt-image-1", prompt: "A cat" }]);
  expect(content).toBe("first");
  expect(uri).toMatch(/image-1\.png$/);
  expect(outputs).toMatchObject({
    finishReason: "STOP",
    tokenUsage: { inputTokenCount: 1, outputTokenCount: 2, totalTokenCount: 3 },
  });
  expect(metrics.map(({ name, value }) => [name, value])).toEqual([
    ["input.token.count", 1],
    ["output.token.count", 2],
  ]);
});

test("an image with an address stays there", async () => {
  await using api = await startOpenAi({ images: { ...IMAGES, data: [{ url: "https://images.example/1" }] } });
  expect((await drawn(openAi(api.baseUrl))).uri).toBe("https://images.example/1");
});

test("an answer without an image is a failure", async () => {
  await using api = await startOpenAi({ images: { ...IMAGES, data: [{}] } });
  expect((await drawn(openAi(api.baseUrl))).message).toBe("OpenAI answered with neither image nor address.");
});

const gemini = (baseUrl: string) => ({
  type: "ai.provider.GoogleGemini",
  apiKey: GEMINI_KEY,
  modelName: GEMINI_MODEL,
  baseUrl,
});

test("Gemini draws among its words", async () => {
  const inlineData = { mimeType: "image/jpeg", data: Buffer.from("a cat").toString("base64") };
  const content = { parts: [{ text: "Here:" }, { inlineData }] };
  await using api = await startGemini({ candidates: [{ content, finishReason: "STOP" }] });
  const { uri, content: stored } = await drawn(gemini(api.baseUrl));
  expect(stored).toBe("a cat");
  expect(uri).toMatch(/image-1\.jpg$/);
});

test("what Gemini doesn't draw is told of with its reason", async () => {
  await using api = await startGemini({ promptFeedback: { blockReason: "SAFETY" } });
  expect((await drawn(gemini(api.baseUrl))).message).toBe("Gemini drew nothing: SAFETY.");
});

test("a provider that draws nothing is refused", async () => {
  const provider = { type: "ai.provider.Anthropic", apiKey: "k", modelName: "m" };
  expect((await drawn(provider)).message).toMatch(
    /^Anthropic has no model here that draws images\. These have: OpenAI, /,
  );
});

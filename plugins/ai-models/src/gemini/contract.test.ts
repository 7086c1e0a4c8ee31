import { GoogleGenerativeAI, SchemaType } from "@google/generative-ai";
import { expect, test } from "vitest";
import { KEY, MODEL, startGemini } from "../testing/gemini-api.ts";

test("Google's client gets content of the server of the tests", async () => {
  await using api = await startGemini();
  const baseUrl = api.baseUrl.replace(/\/v1beta$/, "");
  const model = new GoogleGenerativeAI(KEY).getGenerativeModel(
    {
      model: MODEL,
      systemInstruction: "Be brief.",
      generationConfig: {
        responseMimeType: "application/json",
        responseSchema: { type: SchemaType.ARRAY, items: { type: SchemaType.STRING } },
      },
    },
    { baseUrl },
  );
  const { response } = await model.generateContent([
    "Who is this?",
    { inlineData: { mimeType: "image/png", data: Buffer.from("x").toString("base64") } },
  ]);
  expect(response.text()).toBe("Grace Hopper");
  expect(response.usageMetadata?.totalTokenCount).toBe(6);
});

test("the server of the tests refuses what Google doesn't document", async () => {
  await using api = await startGemini();
  const answer = await fetch(`${api.baseUrl}/models/${MODEL}:generateContent`, {
    method: "POST",
    headers: { "x-goog-api-key": KEY },
    body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hi" }] }], system_prompt: "x" }),
  });
  expect(await answer.text()).toContain("Unrecognized key");
});

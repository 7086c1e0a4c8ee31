import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CONTENT, KEY, MODEL, startGemini } from "../testing/gemini-api.ts";
import { FILE_BYTES_MAX, multimodalCompletion } from "./multimodal-completion.ts";

async function asked(contents: JsonMap[], answer: unknown = CONTENT, fileSizeBytes?: number) {
  await using api = await startGemini(answer);
  await using world = createTestWorld({ variables: {} });
  const image = await world.files.put("cat.jpg", "a cat");
  if (fileSizeBytes !== undefined) world.files.sizeBytes = async () => fileSizeBytes;
  const outcome = await world.run(multimodalCompletion, {
    baseUrl: api.baseUrl,
    apiKey: KEY,
    model: MODEL,
    contents: contents.map((each) => (each["content"] === "IMAGE" ? { ...each, content: image } : each)),
  });
  const images = (outcome.outputs?.["images"] ?? []) as { uri: string; mimeType: string }[];
  const stored = await Promise.all(images.map(({ uri }) => world.files.text(uri)));
  return { ...outcome, body: api.bodies[0], images, stored };
}

const IMAGE = { mimeType: "image/jpeg", content: "IMAGE" };

test("texts and files are sent in their order, and the answer is read", async () => {
  const { body, outputs, state } = await asked([
    { content: "What is this?" },
    IMAGE,
    { role: "model", content: "A cat" },
  ]);
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    contents: [
      { role: "user", parts: [{ text: "What is this?" }] },
      {
        role: "user",
        parts: [{ inlineData: { mimeType: "image/jpeg", data: Buffer.from("a cat").toString("base64") } }],
      },
      { role: "model", parts: [{ text: "A cat" }] },
    ],
  });
  expect(outputs).toEqual({
    text: "Grace Hopper",
    images: [],
    safetyRatings: [],
    blocked: false,
    finishReason: "STOP",
  });
});

test("images of the answer are stored", async () => {
  const drawn = (mimeType: string, text: string) => ({
    inlineData: { mimeType, data: Buffer.from(text).toString("base64") },
  });
  const parts = [{ text: "Here" }, drawn("image/png", "one"), drawn("audio/wav", "no"), drawn("image/webp", "two")];
  const { outputs, images, stored } = await asked([{ content: "Draw" }], { candidates: [{ content: { parts } }] });
  expect(outputs).toMatchObject({ text: "Here" });
  expect(images.map(({ mimeType }) => mimeType)).toEqual(["image/png", "image/webp"]);
  expect(images.map(({ uri }) => /image-\d\.\w+$/.exec(uri)?.[0])).toEqual(["image-1.png", "image-2.webp"]);
  expect(stored).toEqual(["one", "two"]);
});

test("an answer that is held back ends with a warning, and says why", async () => {
  const rating = { category: "HARM_CATEGORY_DANGEROUS_CONTENT", probability: "HIGH" };
  const answer = {
    candidates: [{ finishReason: "SAFETY", content: { parts: [{ text: "x" }] }, safetyRatings: [rating] }],
  };
  const { state, outputs } = await asked([{ content: "?" }], answer);
  expect(state).toBe("WARNING");
  expect(outputs).toEqual({
    images: [],
    safetyRatings: [{ ...rating, blocked: false }],
    blocked: true,
    finishReason: "SAFETY",
  });
});

test("files are sent up to their limit, and none that is larger is read", async () => {
  expect((await asked([IMAGE, { content: "?" }], CONTENT, FILE_BYTES_MAX)).state).toBe("SUCCESS");
  expect((await asked([IMAGE, { content: "?" }], CONTENT, FILE_BYTES_MAX + 1)).message).toBe(
    `The files have ${FILE_BYTES_MAX + 1} bytes together, of which Gemini takes ${FILE_BYTES_MAX}.`,
  );
  expect((await asked([IMAGE, IMAGE], CONTENT, FILE_BYTES_MAX / 2 + 1)).state).toBe("FAILED");
});

test.each<[JsonMap[], RegExp]>([
  [[], /^Nothing is asked: `contents` is empty/],
  [
    [{ content: "a text", mimeType: "text/plain" }],
    /^`contents\[0\]` has a `mimeType`, but its `content` is no address/,
  ],
])("nothing is sent for %j", async (contents, message) => {
  const { body, ...outcome } = await asked(contents);
  expect(body).toBeUndefined();
  expect(outcome.message).toMatch(message);
});

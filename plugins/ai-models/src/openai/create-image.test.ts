import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { IMAGES, KEY, startOpenAi } from "../testing/openai-api.ts";
import { createImage } from "./create-image.ts";

async function drawn(properties: JsonMap, images: unknown = IMAGES) {
  await using api = await startOpenAi({ images });
  await using world = createTestWorld();
  const outcome = await world.run(createImage, { baseUrl: api.baseUrl, apiKey: KEY, prompt: "A puppy", ...properties });
  const uris = (outcome.outputs?.["images"] ?? []) as string[];
  const stored = await Promise.all(uris.filter((uri) => uri.startsWith("kestra:")).map((uri) => world.files.text(uri)));
  return { ...outcome, body: api.bodies[0], uris, stored, metrics: world.metrics };
}

test("images that come in the answer are stored, whether that was asked for or not", async () => {
  for (const download of [true, false]) {
    const { body, uris, stored, metrics } = await drawn({ download, n: 2 });
    expect(body).toEqual({ model: "gpt-image-1", prompt: "A puppy", n: 2, size: "1024x1024" });
    expect(uris).toEqual([expect.stringMatching(/image-1\.png$/), expect.stringMatching(/image-2\.png$/)]);
    expect(stored).toEqual(["first", "second"]);
    expect(metrics).toContainEqual({ name: "usage.total.tokens", type: "counter", value: 3 });
  }
});

test.each([
  [{ size: "SMALL" }, { size: "256x256" }],
  [
    { size: "MEDIUM", quality: "LOW" },
    { size: "512x512", quality: "low" },
  ],
  [{ model: "dall-e-3" }, { model: "dall-e-3", response_format: "url" }],
  [
    { model: "dall-e-2", download: true },
    { model: "dall-e-2", response_format: "b64_json" },
  ],
  [{ user: "u1" }, { user: "u1" }],
])("%j is sent as %j", async (properties, expected) => {
  expect((await drawn(properties)).body).toMatchObject(expected);
});

test("images with an address are left there, or fetched", async () => {
  await using pictures = await startServer((_request, response) => response.end("picture"));
  const images = { created: 1, data: [{ url: `${pictures.url}/1` }] };
  expect((await drawn({ model: "dall-e-3" }, images)).uris).toEqual([`${pictures.url}/1`]);
  expect(pictures.received).toEqual([]);
  expect((await drawn({ model: "dall-e-3", download: true }, images)).stored).toEqual(["picture"]);
});

test("the kind of an image is in its name", async () => {
  const { uris } = await drawn({}, { ...IMAGES, output_format: "webp" });
  expect(uris[0]).toMatch(/image-1\.webp$/);
});

test("an answer with neither image nor address fails", async () => {
  expect((await drawn({}, { created: 1, data: [{}] })).message).toBe(
    "OpenAI answered with neither image nor address (1).",
  );
});

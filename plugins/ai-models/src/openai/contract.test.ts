import OpenAI, { toFile } from "openai";
import { expect, test } from "vitest";
import { CHAT, KEY, RESPONSE, startOpenAi } from "../testing/openai-api.ts";

/** The vendor's own client, which vouches for the server that the tests of the tasks use. */
async function withClient<Answer>(use: (client: OpenAI) => Promise<Answer>): Promise<Answer> {
  await using api = await startOpenAi();
  return await use(new OpenAI({ apiKey: KEY, baseURL: api.baseUrl, maxRetries: 0 }));
}

test("OpenAI's client chats with the server of the tests", async () => {
  const answer = await withClient((client) =>
    client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      max_completion_tokens: 5,
    }),
  );
  expect(answer.choices[0]?.message.content).toBe(CHAT.choices[0]?.message.content);
  expect(answer.usage?.total_tokens).toBe(13);
});

test("OpenAI's client gets responses of it, and reads the same text", async () => {
  const answer = await withClient((client) => client.responses.create({ model: "gpt-4.1", input: "Hi", store: false }));
  expect(answer.output_text).toBe("Two things changed.");
  expect(answer.id).toBe(RESPONSE.id);
});

test("OpenAI's client gets images and keeps files", async () => {
  const images = await withClient((client) => client.images.generate({ model: "gpt-image-1", prompt: "A puppy" }));
  expect(images.data).toHaveLength(2);
  const file = await withClient(async (client) =>
    client.files.create({ file: await toFile(Buffer.from("hello"), "notes.txt"), purpose: "user_data" }),
  );
  expect(file.id).toBe("file-1");
});

test("the server of the tests refuses what OpenAI doesn't document, and other keys", async () => {
  const unknown = { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokenz: 1 };
  await expect(withClient((client) => client.post("/chat/completions", { body: unknown }))).rejects.toThrow(
    /400.*Unrecognized key: "max_tokenz"/s,
  );
  await using api = await startOpenAi();
  const stranger = new OpenAI({ apiKey: "other", baseURL: api.baseUrl, maxRetries: 0 });
  await expect(stranger.chat.completions.create({ model: "m", messages: [] })).rejects.toThrow(/401/);
});

import Anthropic, { toFile } from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { KEY, startAnthropic } from "../testing/anthropic-api.ts";

/**
 * The vendor's own client, which vouches for the server that the tests of the tasks use. Clients from 1.0 on speak a later version
 * of the API than the tasks do.
 */
async function withClient<Answer>(use: (client: Anthropic) => Promise<Answer>): Promise<Answer> {
  await using api = await startAnthropic();
  return await use(new Anthropic({ apiKey: KEY, baseURL: api.baseUrl.replace(/\/v1$/, ""), maxRetries: 0 }));
}

test("Anthropic's client gets messages of the server of the tests", async () => {
  const answer = await withClient((client) =>
    client.messages.create({
      model: "claude-sonnet-5",
      max_tokens: 100,
      system: [{ type: "text", text: "One word.", cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: "Hi" }],
      tools: [{ name: "f", input_schema: { type: "object" } }],
    }),
  );
  expect(answer.content.map((block) => (block.type === "text" ? block.text : ""))).toEqual(["It is ", "Tokyo."]);
  expect(answer.usage.cache_read_input_tokens).toBe(10);
});

test("Anthropic's client keeps files and lists models", async () => {
  const file = await withClient(async (client) =>
    client.beta.files.upload({ file: await toFile(Buffer.from("hello"), "report.pdf", { type: "application/pdf" }) }),
  );
  expect(file.size_bytes).toBe(5);
  expect((await withClient((client) => client.beta.files.delete("file_1"))).type).toBe("file_deleted");
  expect((await withClient((client) => client.models.list())).data[0]?.display_name).toBe("Claude Sonnet 4.5");
});

test("the server of the tests refuses what Anthropic doesn't document", async () => {
  const body = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "Hi" }], maxTokens: 2 };
  await expect(withClient((client) => client.post("/v1/messages", { body }))).rejects.toThrow(
    /400.*Unrecognized key: \\"maxTokens/s,
  );
});

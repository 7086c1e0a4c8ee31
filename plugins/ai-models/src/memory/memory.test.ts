import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { aiAgent } from "../agent/ai-agent.ts";
import { chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";
import { PASSWORD, startPostgresql } from "../testing/postgresql.ts";
import { startRedis } from "../testing/redis.ts";

const TYPE = "io.kestra.plugin.ai";

interface Place {
  readonly memory: JsonMap;
  /** The same place, where nobody answers. */
  readonly away?: JsonMap;
}

const MEMORIES: readonly (readonly [string, (open: AsyncDisposableStack) => Promise<Place>])[] = [
  ["KestraKVStore", async () => ({ memory: {} })],
  [
    "Redis",
    async (open) => {
      const { port } = open.use(await startRedis());
      return { memory: { host: "127.0.0.1", port }, away: { port: 1 } };
    },
  ],
  [
    "PostgreSQL",
    async (open) => {
      const { connection } = open.use(await startPostgresql());
      return { memory: { ...connection, tableName: 'my "memory"' }, away: { port: 1 } };
    },
  ],
];

/** Asks one thing after the other, each in a task run of its own; answers what the model was asked. */
async function conversation(start: (typeof MEMORIES)[number][1], kind: string) {
  const open = new AsyncDisposableStack();
  const { memory: place, away } = await start(open);
  const api = open.use(await startOpenAi({ chat: chatSaying("Yes.") }));
  const world = open.use(createTestWorld({ variables: { labels: { system: { correlationId: "c-1" } } } }));
  const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "gpt-4o", baseUrl: api.baseUrl };
  const ask = async (prompt: string, more: JsonMap = {}) => {
    const memory = { type: `${TYPE}.memory.${kind}`, ...place, ...more };
    const { message } = await world.run(aiAgent, { provider, prompt, memory });
    const last = api.bodies.at(-1) as { messages: readonly { content: string }[] } | undefined;
    return message ?? last?.messages.map(({ content }) => content);
  };
  return { ask, away, open };
}

describe.each(MEMORIES)("in %s", (kind, start) => {
  test("a conversation goes on where it was", { timeout: 60_000 }, async () => {
    const { ask, away, open } = await conversation(start, kind);
    await using _open = open;
    expect(await ask("One?")).toEqual(["One?"]);
    expect(await ask("Two?")).toEqual(["One?", "Yes.", "Two?"]);
    expect(await ask("Mine?", { memoryId: "another" })).toEqual(["Mine?"]);
    // The oldest are forgotten; a conversation begins with a question.
    expect(await ask("Three?", { messages: 3 })).toEqual(["Two?", "Yes.", "Three?"]);
    expect(await ask("Four?", { drop: "AFTER_TASKRUN" })).toEqual(["Three?", "Yes.", "Four?"]);
    expect(await ask("Five?")).toEqual(["Five?"]);
    expect(await ask("Six?", { drop: "BEFORE_TASKRUN" })).toEqual(["Six?"]);
    expect(await ask("Seven?", { ttl: "PT0.001S", messages: 1 })).toEqual(["Seven?"]);
    await expect.poll(() => ask("Eight?", { ttl: "PT0.001S" })).toEqual(["Eight?"]);
    if (away === undefined) return;
    const told = await ask("Nine?", away);
    expect(told).toMatch(new RegExp(`^${kind} at 127\\.0\\.0\\.1:1 did not do it: .*ECONNREFUSED`));
    expect(told).not.toContain(PASSWORD);
  });
});

test.each([
  [{ memoryId: "" }, /^The memory has no name: `memoryId` is empty\.$/],
  [{ memoryId: "used" }, /^What is stored as the memory is none\. Give another `memoryId`\.$/],
  [{ messages: 0 }, /messages/],
])("%j is no memory", async (written, message) => {
  await using world = createTestWorld();
  await world.services.keyValues.set("company.team", "used", "for something else");
  const provider = { type: `${TYPE}.provider.Ollama`, modelName: "m", endpoint: "http://127.0.0.1:1" };
  const memory = { type: `${TYPE}.memory.KestraKVStore`, ...written };
  expect((await world.run(aiAgent, { provider, prompt: "Hi", memory })).message).toMatch(message);
});

test.each(["a.b.c", "", "a.", "a\0b", "n".repeat(64)])("%j is no name of a table", async (tableName) => {
  await using world = createTestWorld();
  const provider = { type: `${TYPE}.provider.Ollama`, modelName: "m", endpoint: "http://127.0.0.1:1" };
  const server = { host: "127.0.0.1", port: 1, database: "d", user: "u", password: "p" };
  const memory = { type: `${TYPE}.memory.PostgreSQL`, memoryId: "m", ...server, tableName };
  expect((await world.run(aiAgent, { provider, prompt: "Hi", memory })).message).toMatch(/is no name of a table/);
});

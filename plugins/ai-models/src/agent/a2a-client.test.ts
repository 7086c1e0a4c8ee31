import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { startAgent } from "../testing/a2a-server.ts";
import { inTurn } from "../testing/fake-api.ts";
import { chatCalling, chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";
import { a2aClient } from "./a2a-client.ts";
import { aiAgent } from "./ai-agent.ts";

describe.each(["1.0", "0.3"] as const)("an agent of version %s", (version) => {
  test.each([
    ["hello", { state: "SUCCESS", outputs: { textOutput: "HELLO" } }],
    ["task", { state: "SUCCESS", outputs: { textOutput: "TASK" } }],
    ["work", { state: "SUCCESS", outputs: { textOutput: "AT LAST" } }],
    ["ask", { state: "SUCCESS", outputs: { textOutput: "status of ASK" } }],
    ["fail", { state: "FAILED", message: "The agent ended without an answer: status of FAIL" }],
  ])("is asked: %s", async (prompt, outcome) => {
    await using server = await startAgent(version);
    await using world = createTestWorld();
    expect(await world.run(a2aClient, { serverUrl: server.url, prompt })).toMatchObject(outcome);
  });

  test("is left at once by a killed task", async () => {
    const killing = new AbortController();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using server = await startAgent(version, resolve);
    await using world = createTestWorld({ signal: killing.signal });
    const running = world.run(a2aClient, { serverUrl: server.url, prompt: "wait" });
    await asked;
    killing.abort(new Error("killed"));
    expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
  });
});

test("a model asks it as a tool", async () => {
  await using server = await startAgent("1.0");
  await using api = await startOpenAi({ chat: inTurn([chatCalling(["other", { prompt: "hi" }]), chatSaying("Ok.")]) });
  await using world = createTestWorld();
  const provider = { type: "ai.provider.OpenAI", apiKey: KEY, modelName: "m", baseUrl: api.baseUrl };
  const tools = [{ type: "ai.tool.A2AClient", name: "other", description: "Shouts.", serverUrl: server.url }];
  const { outputs } = await world.run(aiAgent, { provider, prompt: "Go.", tools });
  expect(outputs).toMatchObject({ toolExecutions: [{ requestName: "other", result: "HI" }] });
});

test.each([
  ["agent.example.com", "Hi", /^The agent can't be asked: `serverUrl` is no address of a server/],
  ["http://127.0.0.1:2", "Hi", /^The agent can't be asked: .*ECONNREFUSED/],
  ["http://127.0.0.1:2", " ", /^Nothing is asked: the `prompt` is empty/],
])("%s can't be asked %j", async (serverUrl, prompt, message) => {
  await using world = createTestWorld();
  expect((await world.run(a2aClient, { serverUrl, prompt })).message).toMatch(message);
});

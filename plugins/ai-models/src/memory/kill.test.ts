import { createTestWorld, startSilentServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { aiAgent } from "../agent/ai-agent.ts";

test.each([
  ["Redis", {}],
  ["PostgreSQL", { database: "d", user: "u", password: "p" }],
])("a killed task leaves a silent %s at once", async (kind, more) => {
  const killing = new AbortController();
  await using server = await startSilentServer();
  await using world = createTestWorld({ signal: killing.signal });
  const provider = { type: "ai.provider.Ollama", modelName: "m", endpoint: "http://127.0.0.1:2" };
  const memory = { type: `ai.memory.${kind}`, memoryId: "m", host: "127.0.0.1", port: server.port, ...more };
  const running = world.run(aiAgent, { provider, prompt: "Hi", memory });
  await server.connected;
  killing.abort(new Error("killed"));
  expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
  await server.left();
});

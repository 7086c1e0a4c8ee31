import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { aiAgent } from "../agent/ai-agent.ts";

/** A server that takes connections and says nothing. */
async function startSilentServer() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connected: once(server, "connection") as Promise<[Socket]>,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

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
  const [socket] = await server.connected;
  socket.resume();
  const left = once(socket, "close");
  killing.abort(new Error("killed"));
  expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
  await left;
});

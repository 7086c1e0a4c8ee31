import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { startMcp, TOKEN, type WebMcpServer } from "../testing/mcp-server.ts";
import { callTool } from "./call-tool.ts";
import { listTools } from "./list-tools.ts";

const headers = { Authorization: `Bearer ${TOKEN}` };

describe.each([
  ["STREAMABLE_HTTP", ({ url }: WebMcpServer) => url],
  ["SSE", ({ sseUrl }: WebMcpServer) => sseUrl],
])("over %s", (transport, urlOf) => {
  test("tools are listed with their parameters", async () => {
    await using server = await startMcp();
    await using world = createTestWorld();
    const { outputs } = await world.run(listTools, { url: urlOf(server), transport, headers });
    const tools = outputs?.["tools"] as readonly { name: string }[];
    expect(outputs?.["count"]).toBe(6);
    expect(tools.find(({ name }) => name === "shout")).toEqual({
      name: "shout",
      description: "Says it loud.",
      parameters: expect.objectContaining({ type: "object", required: ["text"] }) as unknown,
    });
  });

  test("a tool is called with its arguments", async () => {
    await using server = await startMcp();
    await using world = createTestWorld({ variables: { word: "hi" } });
    const properties = { url: urlOf(server), transport, headers, tool: "shout", arguments: { text: "{{ word }}" } };
    expect(await world.run(callTool, properties)).toMatchObject({
      state: "SUCCESS",
      outputs: { result: "HI", isError: false },
    });
  });

  test("a killed task leaves at once", async () => {
    const killing = new AbortController();
    await using server = await startMcp();
    await using world = createTestWorld({ signal: killing.signal });
    const running = world.run(callTool, { url: urlOf(server), transport, headers, tool: "wait" });
    await server.waiting;
    killing.abort(new Error("killed"));
    expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
    await server.left;
  });
});

test("a value that a tool answers is kept, and is a text as well", async () => {
  await using server = await startMcp();
  await using world = createTestWorld();
  const { outputs } = await world.run(callTool, { url: server.url, headers, tool: "measure" });
  expect(outputs).toEqual({ result: '{"length":3}', structuredContent: { length: 3 }, isError: false });
});

test("a tool that fails is a failure, unless that is not wanted", async () => {
  await using server = await startMcp();
  await using world = createTestWorld();
  const failing = { url: server.url, headers, tool: "fail" };
  const outputs = { isError: true, errorMessage: "out of paper" };
  expect(await world.run(callTool, failing)).toMatchObject({
    state: "FAILED",
    message: "The tool fail failed: out of paper",
    outputs,
  });
  expect(await world.run(callTool, { ...failing, failOnToolError: false })).toMatchObject({
    state: "SUCCESS",
    outputs,
  });
});

test("what is asked and answered is logged only when that is wanted", async () => {
  await using server = await startMcp();
  await using world = createTestWorld();
  const called = { url: server.url, headers, tool: "shout", arguments: { text: "psst" } };
  await world.run(callTool, called);
  expect(world.logs.map(({ message }) => message)).toEqual(["The tool shout answered"]);
  await world.run(callTool, { ...called, logRequests: true, logResponses: true });
  const lines = world.logs.map(({ message }) => message).join("\n");
  expect(lines).toContain('is asked for tools/call: {"name":"shout","arguments":{"text":"psst"}}');
  expect(lines).toContain("PSST");
});

test("a server that lets nobody in is told of, without the token", async () => {
  await using server = await startMcp();
  await using world = createTestWorld();
  const outcome = await world.run(listTools, { url: server.url, headers: { Authorization: "Bearer wrong-token" } });
  expect(outcome.message).toMatch(/^The MCP server can't be reached: /);
  expect(outcome.message).not.toContain("wrong-token");
});

test.each([
  ["ftp://example.com", /its address is none of a server/],
  [
    "http://127.0.0.1:2/mcp?key=hidden-key",
    /^(?!.*hidden-key)The MCP server can't be reached: fetch failed \(.*ECONNREFUSED/,
  ],
])("%s is no server", async (url, message) => {
  await using world = createTestWorld();
  expect((await world.run(listTools, { url })).message).toMatch(message);
});

test("a server that takes too long is given up", async () => {
  await using server = await startMcp();
  await using world = createTestWorld();
  const outcome = await world.run(callTool, { url: server.url, headers, tool: "wait", timeout: "PT0.2S" });
  expect(outcome.message).toMatch(/^The MCP server did not answer tools\/call: .*timed out/);
});

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { aiAgent } from "../agent/ai-agent.ts";
import { chatCompletion } from "../any-model/chat-completion.ts";
import { inTurn } from "../testing/fake-api.ts";
import { MCP_COMMAND, startMcp, TOKEN } from "../testing/mcp-server.ts";
import { chatCalling, chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";

const TYPE = "io.kestra.plugin.ai.tool";

/** What comes of the first call of a tool by a model, and what the model was told of the tools. */
async function called(tool: JsonMap, call: readonly [string, object], options: TestOptions = {}) {
  await using api = await startOpenAi({ chat: inTurn([chatCalling(call), chatSaying("Ok.")]) });
  await using world = createTestWorld(options);
  const provider = { type: "io.kestra.plugin.ai.provider.OpenAI", apiKey: KEY, modelName: "m", baseUrl: api.baseUrl };
  const { message, outputs } = await world.run(aiAgent, { provider, prompt: "Go.", tools: [tool] });
  const [execution] = (outputs?.["toolExecutions"] ?? []) as readonly { result: string }[];
  const [first] = api.bodies as readonly { tools: readonly { function: JsonMap }[] }[];
  return { message, result: execution?.result, told: first?.tools.map((each) => each.function), masked: world.masked };
}

test("a conversation of `ai.completion` has tools as well", async () => {
  await using api = await startOpenAi({
    chat: inTurn([chatCalling(["activate_skill", { name: "tea" }]), chatSaying("Ok.")]),
  });
  await using world = createTestWorld();
  const tools = [{ type: `${TYPE}.Skill`, skills: [{ name: "tea", description: "Tea.", content: "Boil." }] }];
  const provider = { type: "ai.provider.OpenAI", apiKey: KEY, modelName: "m", baseUrl: api.baseUrl };
  const { outputs } = await world.run(chatCompletion, { provider, tools, messages: [{ type: "USER", content: "Hi" }] });
  expect(outputs).toMatchObject({ aiResponse: "Ok.", toolExecutions: [{ result: "Boil." }] });
});

describe("a search of the web", () => {
  const tavily = { results: [{ title: "T", url: "https://t.example", content: "About t." }] };
  const google = {
    items: [{ title: "G", link: "https://g.example", snippet: "About g.", kind: "customsearch#result" }],
  };

  test.each<[string, JsonMap, unknown, string, string]>([
    ["TavilyWebSearch", {}, tavily, "search_web_with_tavily", "T\nhttps://t.example\nAbout t."],
    ["TavilyWebSearch", {}, { results: [] }, "search_web_with_tavily", "Nothing was found."],
    ["GoogleCustomWebSearch", { csi: "engine" }, google, "search_web_with_google", "G\nhttps://g.example\nAbout g."],
    ["GoogleCustomWebSearch", { csi: "engine" }, { kind: "x" }, "search_web_with_google", "Nothing was found."],
  ])("with %s %j that answers %j", async (kind, more, answer, name, result) => {
    await using server = await startServer((_request, response) => response.end(JSON.stringify(answer)));
    const tool = { type: `${TYPE}.${kind}`, apiKey: "search-key", baseUrl: server.url, ...more };
    const outcome = await called(tool, [name, { query: "a & b" }]);
    expect(outcome).toMatchObject({ result, masked: ["search-key"] });
    const [request] = server.received;
    if (kind === "TavilyWebSearch") expect(JSON.parse(request!.body)).toEqual({ query: "a & b", max_results: 5 });
    else
      expect(request).toMatchObject({
        url: "/v1?cx=engine&q=a+%26+b&num=5",
        headers: { "x-goog-api-key": "search-key" },
      });
  });

  test.each([
    [401, '{"detail":"no"}', /^The tool failed: The search with Tavily failed with status 401.*Check the key/],
    [429, "{}", /status 429.*Give the task a `retry`/],
    [200, '{"answer": 1}', /^The tool failed: Tavily answered with what is no list of results\.$/],
  ])("that is answered with %d %s is told of without the key", async (status, body, message) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end(body));
    const tool = { type: `${TYPE}.TavilyWebSearch`, apiKey: "search-key", baseUrl: server.url };
    const { result } = await called(tool, ["search_web_with_tavily", { query: "a" }]);
    expect(result).toMatch(message);
    expect(result).not.toContain("search-key");
  });
});

describe("a program that a model writes", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  test.each([
    [{ stdout: base64("42\n"), status: { id: 3, description: "Accepted" } }, "42\n"],
    [
      { stdout: null, stderr: base64("x is not defined"), status: { id: 11, description: "Runtime Error (NZEC)" } },
      "The tool failed: Runtime Error (NZEC): x is not defined",
    ],
    [{ stdout: 1 }, "The tool failed: Judge0 answered with what is no result of a program."],
  ])("is run at Judge0, which answers %j", async (answer, result) => {
    await using server = await startServer((_request, response) => response.writeHead(201).end(JSON.stringify(answer)));
    const tool = { type: `${TYPE}.CodeExecution`, apiKey: "judge-key", baseUrl: server.url };
    expect(await called(tool, ["execute_javascript", { code: "console.log(42)" }])).toMatchObject({ result });
    const [request] = server.received;
    expect(request).toMatchObject({
      url: "/submissions?base64_encoded=true&wait=true&fields=stdout%2Cstderr%2Ccompile_output%2Cstatus",
      headers: { "x-rapidapi-key": "judge-key" },
    });
    expect(JSON.parse(request!.body)).toEqual({ language_id: 102, source_code: base64("console.log(42)") });
  });
});

describe("skills", () => {
  const skill = { name: "tea", description: "Makes tea.", content: "See kinds.md." };

  test("are told of by their descriptions, and read with what they refer to", async () => {
    const written = { ...skill, resources: [{ relativePath: "kinds.md", content: "Green." }] };
    const tool = { type: `${TYPE}.Skill`, skills: [written] };
    const { told, result } = await called(tool, ["read_skill_resource", { skill: "tea", path: "kinds.md" }]);
    expect(told?.[0]?.["description"]).toContain("- tea: Makes tea.");
    expect(result).toBe("Green.");
  });

  test.each([
    [[skill, skill], 'There are two skills of the name "tea".'],
    [[{ ...skill, content: null }], 'The skill "tea" needs either its `content` or a `contentUri`.'],
    [[{ ...skill, contentUri: "kestra:///a" }], 'The skill "tea" needs either its `content` or a `contentUri`.'],
  ])("%j are refused", async (skills, message) => {
    expect(await called({ type: `${TYPE}.Skill`, skills }, ["activate_skill", {}])).toMatchObject({ message });
  });
});

describe("tools of MCP servers in the web", () => {
  test.each([
    ["StreamableHttpMcpClient", "url" as const, "url"],
    ["SseMcpClient", "sseUrl" as const, "sseUrl"],
    ["HttpMcpClient", "sseUrl" as const, "sseUrl"],
  ])("%s", async (kind, place, property) => {
    await using server = await startMcp();
    const tool = { type: `${TYPE}.${kind}`, [property]: server[place], headers: { Authorization: `Bearer ${TOKEN}` } };
    const { result, masked } = await called(tool, ["shout", { text: "hi" }]);
    expect(result).toBe("HI");
    expect(masked).toContain(`Bearer ${TOKEN}`);
  });

  test("that fail are told of in their own words", async () => {
    await using server = await startMcp();
    const tool = {
      type: `${TYPE}.StreamableHttpMcpClient`,
      url: server.url,
      headers: { Authorization: `Bearer ${TOKEN}` },
    };
    expect(await called(tool, ["fail", {}])).toMatchObject({ result: "The tool failed: out of paper" });
  });
});

describe("tools of an image", () => {
  test("are served by what `docker` runs", async () => {
    await using world = createTestWorld();
    const bin = join(await world.workingDirectory(), "bin");
    await mkdir(bin);
    const script = `#!/bin/sh\necho "$@" >"${bin}/arguments"\nDOCKER_HOST_SEEN="$DOCKER_HOST" exec ${MCP_COMMAND.join(" ")}\n`;
    await writeFile(join(bin, "docker"), script);
    await chmod(join(bin, "docker"), 0o755);
    const before = process.env["PATH"];
    process.env["PATH"] = `${bin}${delimiter}${before}`;
    try {
      const { result } = await called(
        {
          type: `${TYPE}.DockerMcpClient`,
          image: "mcp/time",
          command: ["serve"],
          env: { ZONE: "UTC" },
          binds: ["/a:/b:ro"],
          dockerHost: "tcp://engine:2375",
        },
        ["env", {}],
      );
      expect(JSON.parse(result ?? "")).toMatchObject({ ZONE: "UTC", DOCKER_HOST_SEEN: "tcp://engine:2375" });
    } finally {
      process.env["PATH"] = before;
    }
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(join(bin, "arguments"), "utf8")).toBe(
      "run --rm --interactive --env ZONE --volume /a:/b:ro mcp/time serve\n",
    );
  });

  test("need a login that is there already", async () => {
    const tool = { type: `${TYPE}.DockerMcpClient`, image: "i", registryPassword: "p" };
    expect((await called(tool, ["x", {}])).message).toMatch(
      /^`registryPassword` is not supported\. Log in with `docker login`/,
    );
  });
});

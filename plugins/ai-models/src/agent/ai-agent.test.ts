import { fileURLToPath } from "node:url";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { RESULT_CHARACTERS_MAX } from "../any-model/rounds.ts";
import { KEY as ANTHROPIC_KEY, startAnthropic } from "../testing/anthropic-api.ts";
import { inTurn } from "../testing/fake-api.ts";
import { CONTENT, KEY as GEMINI_KEY, MODEL as GEMINI_MODEL, startGemini } from "../testing/gemini-api.ts";
import { MCP_COMMAND } from "../testing/mcp-server.ts";
import { chatCalling, chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";
import { aiAgent } from "./ai-agent.ts";

const TYPE = "io.kestra.plugin.ai";
const everything = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

const skill = {
  type: `${TYPE}.tool.Skill`,
  skills: [{ name: "tea", description: "How to make tea.", content: "Boil water." }],
};
const readTea = ["activate_skill", { name: "tea" }] as const;
const openAi = (baseUrl: string) => ({ type: `${TYPE}.provider.OpenAI`, apiKey: KEY, modelName: "gpt-4o", baseUrl });

/** Runs an agent whose model answers one thing after the other. */
async function worked(answers: readonly unknown[], properties: JsonMap, options: TestOptions = {}) {
  await using api = await startOpenAi({ chat: inTurn(answers) });
  await using world = createTestWorld(options);
  const outcome = await world.run(aiAgent, { provider: openAi(api.baseUrl), prompt: "Do it.", ...properties });
  return { ...outcome, bodies: api.bodies as JsonMap[], logs: world.logs, masked: world.masked, files: world.files };
}

/** What the first tool answered. */
function firstResult(outputs: Readonly<Record<string, unknown>> | undefined): string {
  const [first] = (outputs?.["toolExecutions"] ?? []) as readonly { readonly result: string }[];
  return first?.result ?? "";
}

describe("a model works with tools until it has an answer", () => {
  test("of OpenAI, with those of a server of somebody else", async () => {
    const tools = [{ type: `${TYPE}.tool.StdioMcpClient`, command: [process.execPath, everything, "stdio"] }];
    const calls = chatCalling(["get-sum", { a: 2, b: 3 }], ["echo", { message: "hi" }]);
    const { outputs, bodies } = await worked([calls, chatSaying("It is 5.")], { tools, systemMessage: "Be brief." });
    expect(outputs).toMatchObject({
      textOutput: "It is 5.",
      finishReason: "STOP",
      tokenUsage: { inputTokenCount: 18, outputTokenCount: 8, totalTokenCount: 26 },
      toolExecutions: [
        {
          requestId: "call_1",
          requestName: "get-sum",
          requestArguments: { a: 2, b: 3 },
          result: "The sum of 2 and 3 is 5.",
        },
        { requestId: "call_2", requestName: "echo", requestArguments: { message: "hi" }, result: "Echo: hi" },
      ],
      intermediateResponses: [
        {
          id: "1",
          completion: "",
          finishReason: "TOOL_EXECUTION",
          tokenUsage: { inputTokenCount: 9, outputTokenCount: 4, totalTokenCount: 13 },
          toolExecutionRequests: [
            { id: "call_1", name: "get-sum", arguments: { a: 2, b: 3 } },
            { id: "call_2", name: "echo", arguments: { message: "hi" } },
          ],
        },
      ],
    });
    expect(bodies[1]?.["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Do it." },
      {
        role: "assistant",
        content: "",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "get-sum", arguments: '{"a":2,"b":3}' } },
          { id: "call_2", type: "function", function: { name: "echo", arguments: '{"message":"hi"}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "The sum of 2 and 3 is 5." },
      { role: "tool", tool_call_id: "call_2", content: "Echo: hi" },
    ]);
  });

  test("of Anthropic, which gets its thoughts back as they were", async () => {
    const content = [
      { type: "thinking", thinking: "Hm.", signature: "signed" },
      { type: "tool_use", id: "toolu_1", name: readTea[0], input: readTea[1] },
      { type: "tool_use", id: "toolu_2", name: readTea[0], input: { name: "coffee" } },
    ];
    await using api = await startAnthropic({ content, stop_reason: "tool_use" }, {});
    await using world = createTestWorld();
    const provider = {
      type: `${TYPE}.provider.Anthropic`,
      apiKey: ANTHROPIC_KEY,
      modelName: "c",
      baseUrl: api.baseUrl,
    };
    const { outputs } = await world.run(aiAgent, { provider, prompt: "Tea?", tools: [skill] });
    expect(outputs).toMatchObject({ textOutput: "It is Tokyo.", toolExecutions: [{ result: "Boil water." }, {}] });
    const failed = "The tool failed: There is no skill coffee. There are: tea";
    expect((api.bodies[1] as JsonMap)["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "Tea?" }] },
      { role: "assistant", content },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: "Boil water." },
          { type: "tool_result", tool_use_id: "toolu_2", content: failed, is_error: true },
        ],
      },
    ]);
  });

  test("of Gemini, which is told a format in words beside functions", async () => {
    const call = { functionCall: { name: readTea[0], args: readTea[1] }, thoughtSignature: "signed" };
    const calling = { candidates: [{ content: { role: "model", parts: [call] }, finishReason: "STOP" }] };
    const last = { candidates: [{ content: { parts: [{ text: '{"tea": true}' }] }, finishReason: "STOP" }] };
    await using api = await startGemini(inTurn([calling, { ...CONTENT, ...last }]));
    await using world = createTestWorld();
    const provider = {
      type: `${TYPE}.provider.GoogleGemini`,
      apiKey: GEMINI_KEY,
      modelName: GEMINI_MODEL,
      baseUrl: api.baseUrl,
    };
    const configuration = { responseFormat: { type: "JSON", jsonSchema: { type: "object" } } };
    const { outputs } = await world.run(aiAgent, { provider, prompt: "Tea?", tools: [skill], configuration });
    expect(outputs).toMatchObject({
      jsonOutput: { tea: true },
      intermediateResponses: [{ finishReason: "TOOL_EXECUTION" }],
    });
    const body = api.bodies[1] as { contents: unknown; systemInstruction: unknown };
    expect(JSON.stringify(body.systemInstruction)).toContain("nothing but JSON that fits");
    expect(body.contents).toEqual([
      { role: "user", parts: [{ text: "Tea?" }] },
      { role: "model", parts: [call] },
      { role: "user", parts: [{ functionResponse: { name: readTea[0], response: { output: "Boil water." } } }] },
    ]);
  });
});

test("a model that never has enough is stopped at the limit", async () => {
  const again = chatCalling(readTea);
  const tools = [skill];
  const stopped = await worked([again], { tools, maxSequentialToolsInvocations: 2 });
  expect(stopped.message).toMatch(
    /^The model has asked for tools more than 2 times\. Raise `maxSequentialToolsInvocations`/,
  );
  expect(stopped.bodies).toHaveLength(3);
  const done = await worked([again, again, chatSaying("Done.")], { tools, maxSequentialToolsInvocations: 2 });
  expect(done.outputs).toMatchObject({ textOutput: "Done." });
});

test.each<[string, readonly [string, object], string]>([
  ["that is not there", ["brew", {}], "There is no tool brew. There are: activate_skill"],
  ["that fails", ["activate_skill", { name: "soup" }], "The tool failed: There is no skill soup. There are: tea"],
])("the model is told of a tool %s, and goes on", async (_what, call, told) => {
  const { state, outputs } = await worked([chatCalling(call), chatSaying("Well.")], { tools: [skill] });
  expect({ state, outputs }).toMatchObject({
    state: "SUCCESS",
    outputs: { textOutput: "Well.", toolExecutions: [{ result: told }] },
  });
});

test.each([
  [RESULT_CHARACTERS_MAX, "a"],
  [
    RESULT_CHARACTERS_MAX + 1,
    `… cut off: the result has ${RESULT_CHARACTERS_MAX + 1} characters, of which ${RESULT_CHARACTERS_MAX} are shown.`,
  ],
])("a result of %d characters ends with what the model may read", async (length, end) => {
  const long = { ...skill, skills: [{ ...skill.skills[0]!, content: "a".repeat(length) }] };
  const { outputs } = await worked([chatCalling(readTea), chatSaying("Ok.")], { tools: [long] });
  const result = firstResult(outputs);
  expect(result.endsWith(end)).toBe(true);
});

test("arguments that are no JSON end the task", async () => {
  const broken = chatCalling(readTea);
  broken.choices[0]!.message.tool_calls[0]!.function.arguments = "{";
  expect((await worked([broken], { tools: [skill] })).message).toMatch(
    /^The model wants to call the tool activate_skill with/,
  );
});

test("two tools of one name are refused before anything is asked", async () => {
  const { message, bodies } = await worked([chatSaying("x")], { tools: [skill, skill] });
  expect(message).toMatch(/^Two of the tools have the name "activate_skill"/);
  expect(bodies).toEqual([]);
});

test("tools may be an expression", async () => {
  const { outputs } = await worked(
    [chatCalling(readTea), chatSaying("Ok.")],
    { tools: "{{ tools }}" },
    { variables: { tools: [skill] } },
  );
  expect(outputs).toMatchObject({ toolExecutions: [{ result: "Boil water." }] });
});

test("an agent asks another agent, with instructions and tools of its own", async () => {
  await using inner = await startOpenAi({ chat: inTurn([chatCalling(readTea), chatSaying("Boil it.")]) });
  const tools = [
    {
      type: `${TYPE}.tool.AIAgent`,
      name: "cook",
      description: "Knows kitchens.",
      provider: openAi(inner.baseUrl),
      systemMessage: "You cook.",
      tools: [skill],
    },
  ];
  const { outputs, bodies } = await worked([chatCalling(["cook", { prompt: "How?" }]), chatSaying("So: boil it.")], {
    tools,
  });
  expect(outputs).toMatchObject({
    textOutput: "So: boil it.",
    toolExecutions: [{ requestName: "cook", result: "Boil it." }],
  });
  expect(inner.bodies[0]).toMatchObject({
    messages: [
      { role: "system", content: "You cook." },
      { role: "user", content: "How?" },
    ],
  });
  expect(bodies[0]?.["tools"]).toMatchObject([{ function: { name: "cook", description: "Knows kitchens." } }]);
});

describe("a program that serves tools", () => {
  const client = (more: JsonMap = {}) => ({ type: `${TYPE}.tool.StdioMcpClient`, command: [...MCP_COMMAND], ...more });

  test("works in the folder of the task, whose files are kept, and logs into its log", async () => {
    const { outputs, logs, files } = await worked([chatCalling(["write_file", { name: "a.txt" }]), chatSaying("Ok.")], {
      tools: [client({ logEvents: true })],
      outputFiles: "*.txt",
    });
    const uri = (outputs?.["outputFiles"] as Record<string, string> | undefined)?.["a.txt"] ?? "";
    expect(await files.text(uri)).toBe("written");
    expect(logs.some(({ message }) => message.endsWith("(info): wrote a.txt"))).toBe(true);
  });

  test("has the variables that it is given, as secrets, and none of the worker's", async () => {
    process.env["CAPSTAN_TEST_OWN"] = "of the worker";
    const { outputs, masked } = await worked(
      [chatCalling(["env", {}]), chatSaying("Ok.")],
      {
        tools: [client({ env: { TOKEN: "{{ token }}" } })],
      },
      { variables: { token: "very-secret" } },
    );
    const result = firstResult(outputs);
    expect(JSON.parse(result)).toMatchObject({ TOKEN: "very-secret" });
    expect(result).not.toContain("CAPSTAN_TEST_OWN");
    expect(masked).toContain("very-secret");
  });

  test("ends with a killed task", async () => {
    const killing = new AbortController();
    await using api = await startOpenAi({ chat: chatCalling(["wait", {}]) });
    await using world = createTestWorld({ signal: killing.signal });
    const running = world.run(aiAgent, { provider: openAi(api.baseUrl), prompt: "Wait.", tools: [client()] });
    const said = () => world.logs.flatMap(({ message }) => /^waiting (\d+)$/.exec(message)?.[1] ?? []);
    await expect.poll(said, { timeout: 30_000 }).toHaveLength(1);
    killing.abort(new Error("killed"));
    expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
    expect(() => process.kill(Number(said()[0]), 0)).toThrow("ESRCH");
  });

  test("that is not there is told of", async () => {
    const { message } = await worked([chatSaying("x")], { tools: [client({ command: ["no-such-program-here"] })] });
    expect(message).toMatch(/^The MCP server no-such-program-here can't be reached: .*ENOENT/);
  });
});

describe("what is found in the web", () => {
  const pages = { results: [{ title: "Tea", url: "https://example.com/tea", content: "Tea is hot.", score: 0.9 }] };
  const retriever = (baseUrl: string) => ({
    type: `${TYPE}.retriever.TavilyWebSearch`,
    apiKey: "tvly-key",
    baseUrl,
    maxResults: 5,
  });

  test("is given to the model, and is an output", async () => {
    await using tavily = await startServer((_request, response) => response.end(JSON.stringify(pages)));
    const { outputs, bodies, masked } = await worked([chatSaying("Hot.")], {
      contentRetrievers: [retriever(tavily.url)],
    });
    expect(JSON.parse(tavily.received[0]!.body)).toEqual({ query: "Do it.", max_results: 5 });
    expect(tavily.received[0]).toMatchObject({ url: "/search", headers: { authorization: "Bearer tvly-key" } });
    const content = "Tea\nhttps://example.com/tea\nTea is hot.";
    expect(bodies[0]?.["messages"]).toEqual([
      { role: "user", content: `Do it.\nAnswer with the help of these sources:\n\n${content}` },
    ]);
    expect(outputs?.["sources"]).toEqual([{ content, metadata: { title: "Tea", url: "https://example.com/tea" } }]);
    expect(masked).toContain("tvly-key");
  });

  test("is not looked for when a rule for the question is broken", async () => {
    await using tavily = await startServer((_request, response) => response.end(JSON.stringify(pages)));
    const guardrails = { input: [{ expression: "false", message: "not that" }] };
    const { outputs, bodies } = await worked([chatSaying("x")], {
      contentRetrievers: [retriever(tavily.url)],
      guardrails,
    });
    expect(outputs).toEqual({
      guardrailViolated: true,
      guardrailViolationMessage: "not that",
      toolExecutions: [],
      intermediateResponses: [],
      sources: [],
    });
    expect([bodies, tavily.received]).toEqual([[], []]);
  });
});

test.each<[JsonMap, RegExp]>([
  [
    { tools: [{ type: "ai.tool.Hammer" }] },
    /^"ai\.tool\.Hammer" is none of the types that can stand here\. There are: ai\.tool\.AIAgent/,
  ],
  [{ tools: [{ type: "ai.tool.TavilyWebSearch" }] }, /^ai\.tool\.TavilyWebSearch: .*apiKey/],
  [{ tools: "no list" }, /^`tools` is no list of maps/],
  [{ memory: { type: "ai.memory.Paper" } }, /^"ai\.memory\.Paper" is none of the types/],
  [{ prompt: " " }, /^Nothing is asked: the `prompt` is empty\./],
  [{ maxSequentialToolsInvocations: 0 }, /maxSequentialToolsInvocations/],
])("nothing is asked with %j", async (properties, message) => {
  const { message: told, bodies } = await worked([chatSaying("x")], properties);
  expect(told).toMatch(message);
  expect(bodies).toEqual([]);
});

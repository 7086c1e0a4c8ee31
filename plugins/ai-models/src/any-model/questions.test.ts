import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { KEY as ANTHROPIC_KEY, startAnthropic } from "../testing/anthropic-api.ts";
import { KEY as GEMINI_KEY, MODEL as GEMINI_MODEL, startGemini } from "../testing/gemini-api.ts";
import { CHAT, KEY, startOpenAi } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";
import { FILE_BYTES_MAX } from "./content-blocks.ts";

const TYPE = "io.kestra.plugin.ai.provider";

/** A world with two files, and a task in it that asks OpenAI, if nothing else is said. */
async function asked(properties: JsonMap, { chat = CHAT, fileBytes = 5 }: { chat?: unknown; fileBytes?: number } = {}) {
  await using api = await startOpenAi({ chat });
  await using world = createTestWorld();
  world.files.sizeBytes = async () => fileBytes;
  const uris = { IMAGE: await world.files.put("cat.png", "a cat"), PDF: await world.files.put("paper.pdf", "a paper") };
  const written = JSON.stringify({
    provider: { type: `${TYPE}.OpenAI`, apiKey: KEY, modelName: "m", baseUrl: api.baseUrl },
    messages: [{ type: "USER", content: "Hi" }],
    ...properties,
  });
  const all = JSON.parse(written.replaceAll("IMAGE-URI", uris.IMAGE).replaceAll("PDF-URI", uris.PDF)) as JsonMap;
  return { ...(await world.run(chatCompletion, all)), bodies: api.bodies, logs: world.logs };
}

const FILES = {
  type: "USER",
  content: "What is this?",
  contentBlocks: [
    { type: "IMAGE", uri: "IMAGE-URI" },
    { type: "PDF", uri: "PDF-URI" },
    { type: "TEXT", text: "Say it briefly." },
  ],
};
const CAT = Buffer.from("a cat").toString("base64");
const PAPER = Buffer.from("a paper").toString("base64");

test("files are part of what OpenAI is asked", async () => {
  const content = [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${CAT}` } },
    { type: "file", file: { filename: "document.pdf", file_data: `data:application/pdf;base64,${PAPER}` } },
    { type: "text", text: "Say it briefly." },
  ];
  expect((await asked({ messages: [FILES] })).bodies).toMatchObject([{ messages: [{ role: "user", content }] }]);
});

test("files are part of what Anthropic is asked", async () => {
  await using api = await startAnthropic();
  const provider = { type: `${TYPE}.Anthropic`, apiKey: ANTHROPIC_KEY, modelName: "m", baseUrl: api.baseUrl };
  expect((await asked({ provider, messages: [FILES] })).state).toBe("SUCCESS");
  const content = [
    { type: "text", text: "What is this?" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: CAT } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: PAPER } },
    { type: "text", text: "Say it briefly." },
  ];
  expect(api.bodies).toMatchObject([{ messages: [{ role: "user", content }] }]);
});

test("files are part of what Gemini is asked", async () => {
  await using api = await startGemini();
  const provider = { type: `${TYPE}.GoogleGemini`, apiKey: GEMINI_KEY, modelName: GEMINI_MODEL, baseUrl: api.baseUrl };
  expect((await asked({ provider, messages: [FILES] })).state).toBe("SUCCESS");
  const parts = [
    { text: "What is this?" },
    { inlineData: { mimeType: "image/png", data: CAT } },
    { inlineData: { mimeType: "application/pdf", data: PAPER } },
    { text: "Say it briefly." },
  ];
  expect(api.bodies).toMatchObject([{ contents: [{ role: "user", parts }] }]);
});

test("files are sent up to their limit, all together", async () => {
  const messages = [FILES, FILES];
  expect((await asked({ messages }, { fileBytes: FILE_BYTES_MAX / 4 })).state).toBe("SUCCESS");
  expect(await asked({ messages }, { fileBytes: FILE_BYTES_MAX / 4 + 1 })).toMatchObject({
    message: `The files have more than ${FILE_BYTES_MAX} bytes together.`,
    bodies: [],
  });
});

const user = (part: JsonMap) => [{ type: "USER", contentBlocks: [part] }];

test.each<[JsonMap, RegExp]>([
  [{ messages: [] }, /^The last of `messages` must be of the type USER/],
  [{ messages: [{ type: "AI", content: "x" }] }, /^The last of `messages` must be of the type USER/],
  [
    {
      messages: [
        { type: "SYSTEM", content: "a" },
        { type: "SYSTEM", content: "b" },
        { type: "USER", content: "c" },
      ],
    },
    /more than one of the type SYSTEM/,
  ],
  [{ messages: [{ type: "USER" }] }, /^`messages\[0\]` says nothing/],
  [{ messages: [{ ...FILES, type: "SYSTEM" }] }, /^`messages\[0\]` has a file, which only a USER can give/],
  [{ messages: user({ type: "TEXT" }) }, /^A block of the type TEXT has no `text`/],
  [
    { messages: user({ type: "IMAGE", uri: "https://example.com/a.png" }) },
    /^A block of the type IMAGE has no address/,
  ],
  [{ messages: user({ type: "PDF" }) }, /^A block of the type PDF has no address/],
  [
    { messages: user({ type: "IMAGE", uri: "PDF-URI" }) },
    /does not tell which kind of image it is: .* \.jpg, \.jpeg, \.png/,
  ],
  [{ tools: [{ type: "x" }] }, /^"x" is none of the types that can stand here\. There are: ai\.tool\.AIAgent, /],
  [{ configuration: { responseFormat: { jsonSchema: {} } } }, /has a schema for an answer that is a text/],
])("nothing is asked for %j", async (properties, message) => {
  const outcome = await asked(properties);
  expect(outcome.message).toMatch(message);
  expect(outcome.bodies).toEqual([]);
});

test("the log shows what is said only when that is asked for", async () => {
  const configuration = { logRequests: true, logResponses: true };
  const shown = ["Asked:\nuser: Hi", "Answered:\nThis is critical."];
  const lines = ({ logs }: Awaited<ReturnType<typeof asked>>) => logs.map(({ message }) => message);
  expect(lines(await asked({ configuration }))).toEqual([...shown, "m answered, finish reason: STOP"]);
  expect(lines(await asked({}))).toEqual(["m answered, finish reason: STOP"]);
});

test.each([
  [{ finish_reason: "length" }, "LENGTH", "The answer is not complete: it reached the limit of tokens."],
  [
    { finish_reason: "content_filter" },
    "CONTENT_FILTER",
    "The answer was held back: the model refused, or a filter stopped it.",
  ],
  [
    { message: { role: "assistant", content: null, refusal: "no" } },
    "CONTENT_FILTER",
    "The answer was held back: the model refused, or a filter stopped it.",
  ],
  [{ finish_reason: "something new" }, "OTHER", undefined],
])("an answer with %j ended with %s", async (choice, finishReason, warning) => {
  const chat = { ...CHAT, choices: [{ ...CHAT.choices[0], ...choice }] };
  const { state, outputs, logs } = await asked({}, { chat });
  expect({ state, finishReason: outputs?.["finishReason"] }).toEqual({ state: "SUCCESS", finishReason });
  expect(logs.find(({ level }) => level === "WARN")?.message).toBe(warning);
});

const rule = (path: string, message: string) => ({ expression: `{{ ${path} }}`, message });

test("a rule that a question breaks ends the task before anything is sent", async () => {
  const guardrails = { input: [rule("message", "never broken"), { expression: "false", message: "too long" }] };
  const { state, outputs, bodies, logs } = await asked({ guardrails });
  expect({ state, bodies }).toEqual({ state: "SUCCESS", bodies: [] });
  expect(outputs).toMatchObject({ guardrailViolated: true, guardrailViolationMessage: "too long" });
  expect(logs).toContainEqual({ level: "WARN", message: "A guardrail was broken: too long" });
});

test("a rule that an answer breaks keeps the answer from the outputs", async () => {
  const output = [
    rule("response", "a"),
    rule("finishReason", "b"),
    rule("inputTokenCount", "c"),
    { expression: "0", message: "leaks" },
  ];
  const { outputs, bodies } = await asked({ guardrails: { output } });
  expect(bodies).toHaveLength(1);
  expect(outputs).toMatchObject({ guardrailViolated: true, guardrailViolationMessage: "leaks" });
  expect(outputs).not.toHaveProperty("textOutput");
});

test("rules that are kept are not told of", async () => {
  const { outputs } = await asked({ guardrails: { input: [rule("message", "x")], output: [rule("response", "x")] } });
  expect(outputs).toMatchObject({ guardrailViolated: false, textOutput: "This is critical." });
});

test("a killed task lets go of its connection at once", async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<string>();
  const killing = new AbortController();
  await using server = await startServer((_request, response) => {
    response.once("close", () => close("closed"));
    killing.abort(new Error("killed"));
  });
  await using world = createTestWorld({ signal: killing.signal });
  const provider = { type: `${TYPE}.Ollama`, endpoint: server.url, modelName: "m" };
  const outcome = await world.run(chatCompletion, { provider, messages: [{ type: "USER", content: "Hi" }] });
  expect(outcome).toMatchObject({ state: "FAILED", message: "killed" });
  expect(await closed).toBe("closed");
});

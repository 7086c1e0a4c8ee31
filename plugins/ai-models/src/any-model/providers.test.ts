import { checkFlow, createCatalogue, type JsonMap, languageCatalogue } from "@capstan/model";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import plugin from "../index.ts";
import { CHAT } from "../testing/openai-api.ts";
import { chatCompletion } from "./chat-completion.ts";
import { provider } from "./provider.ts";

const catalogue = createCatalogue([...languageCatalogue(), ...plugin.definitions]);

/** What the check of a flow tells of a provider, and of other properties. */
function toldOf(written: JsonMap, more: JsonMap = {}): readonly string[] {
  const messages = [{ type: "USER", content: "Hi" }];
  const task = { id: "t", type: chatCompletion.type, provider: written, messages, ...more };
  const flow = JSON.stringify({ id: "f", namespace: "company", tasks: [task] });
  return checkFlow(flow, catalogue).diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

async function asked(written: JsonMap) {
  await using server = await startServer((_request, response) => response.end(JSON.stringify(CHAT)));
  await using world = createTestWorld();
  const messages = [{ type: "USER", content: "Hi" }];
  const outcome = await world.run(chatCompletion, { provider: { baseUrl: server.url, ...written }, messages });
  return { ...outcome, count: server.received.length };
}

const OPENAI = { type: "io.kestra.plugin.ai.provider.OpenAI", modelName: "m", apiKey: "k" };

describe("the check of a flow", () => {
  test("finds nothing wrong with a provider that has what it needs", () => {
    expect(toldOf(OPENAI)).toEqual([]);
  });

  test.each<[string, JsonMap, RegExp]>([
    ["a misspelt property", { ...OPENAI, modelNames: "m" }, /^unknown-property: .*modelNames/],
    ["a property of another provider", { ...OPENAI, serviceVersion: "1" }, /^unknown-property: .*serviceVersion/],
    ["a missing key", { type: OPENAI.type, modelName: "m" }, /^missing-property: .*apiKey/],
    ["an older name", { ...OPENAI, type: "io.kestra.plugin.langchain4j.provider.OpenAI" }, /^deprecated: /],
  ])("tells %s", (_what, written, told) => {
    expect(toldOf(written)).toEqual([expect.stringMatching(told)]);
  });

  test("knows that guardrails have variables of their own", () => {
    const input = [{ expression: "{{ message | length < 9 }}", message: "too long" }];
    const output = [{ expression: "{{ outputTokenCount < 9 and response != '' }}", message: "no" }];
    expect(toldOf(OPENAI, { guardrails: { input, output } })).toEqual([]);
  });

  test("leaves a provider that is not here to the run", () => {
    expect(toldOf({ type: "io.kestra.plugin.ai.provider.WatsonxAI", modelName: "m", projectId: "p" })).toEqual([]);
  });
});

test.each([OPENAI.type, "ai.provider.OpenAI", "io.kestra.plugin.langchain4j.provider.OpenAI"])(
  "%s is the same provider",
  async (type) => {
    expect(await asked({ ...OPENAI, type })).toMatchObject({ state: "SUCCESS", count: 1 });
  },
);

test.each<[JsonMap, RegExp]>([
  [
    { ...OPENAI, type: "io.kestra.plugin.ai.provider.WatsonxAI" },
    /is no provider that is known here\. There are OpenAI, /,
  ],
  [{ type: OPENAI.type, modelName: "m" }, /^`provider\.apiKey` is missing, which OpenAI needs\.$/],
  [
    { type: "ai.provider.GitHubModels", modelName: "m" },
    /^`provider\.gitHubToken` is missing, which GitHubModels needs\.$/,
  ],
  [
    { type: "ai.provider.WorkersAI", modelName: "m", apiKey: "k" },
    /^`provider\.accountId` is missing, which WorkersAI needs\.$/,
  ],
  [{ ...OPENAI, apiKey: "" }, /^`provider\.apiKey` is missing/],
  [{ ...OPENAI, type: "io.kestra.plugin.ai.provider.AzureOpenAI", baseUrl: null }, /^`provider\.endpoint` is missing/],
  [{ ...OPENAI, caPem: "x" }, /^`provider\.caPem` is not supported yet\. Let the worker trust the certificate/],
])("nothing is asked of %j", async (written, message) => {
  const outcome = await asked(written);
  expect(outcome.message).toMatch(message);
  expect(outcome.count).toBe(0);
});

test.each(["apiKey", "gitHubToken", "clientSecret", "clientPem"] as const)(
  "the `%s` of a provider counts as a secret",
  (name) => {
    expect(provider().shape[name].unwrap().meta()).toMatchObject({ secret: true });
  },
);

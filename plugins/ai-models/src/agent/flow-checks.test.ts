import { checkFlow, createCatalogue, type JsonMap, languageCatalogue } from "@capstan/model";
import { expect, test } from "vitest";
import plugin from "../index.ts";

const catalogue = createCatalogue([...languageCatalogue(), ...plugin.definitions]);
const TYPE = "io.kestra.plugin.ai";
const provider = { type: `${TYPE}.provider.OpenAI`, apiKey: "k", modelName: "m" };
const tool = { type: `${TYPE}.tool.TavilyWebSearch`, apiKey: "k" };
const store = { type: `${TYPE}.embeddings.KestraKVStore` };
const retriever = { type: `${TYPE}.retriever.EmbeddingStoreRetriever`, embeddings: store, embeddingProvider: provider };
const agent = { type: `${TYPE}.tool.AIAgent`, description: "Helps.", provider, tools: [tool] };

/** What the check of a flow tells of an agent in it. */
function toldOf(written: JsonMap, defaults: readonly JsonMap[] = []): readonly string[] {
  const task = { id: "t", type: `${TYPE}.agent.AIAgent`, provider, prompt: "Hi", ...written };
  const flow = JSON.stringify({ id: "f", namespace: "company", tasks: [task], pluginDefaults: defaults });
  return checkFlow(flow, catalogue).diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

test.each<[string, JsonMap]>([
  ["tools", { tools: [tool, agent] }],
  ["an expression for them", { tools: "{{ fromJson(kv('tools')) }}" }],
  ["sources", { contentRetrievers: [retriever] }],
  ["a memory", { memory: { type: `${TYPE}.memory.KestraKVStore`, memoryId: "{{ execution.id }}" } }],
])("%s that have what they need are right", (_what, written) => {
  expect(toldOf(written)).toEqual([]);
});

test("what is missing may stand in the defaults", () => {
  const values = { apiKey: "k" };
  expect(toldOf({ tools: [{ type: tool.type }] }, [{ type: tool.type, values }])).toEqual([]);
});

test.each<[string, JsonMap, RegExp]>([
  ["a tool without its key", { tools: [{ type: tool.type }] }, /^missing-property: .*apiKey/],
  ["a misspelt property of a tool", { tools: [{ ...tool, apikey: "k" }] }, /^unknown-property: .*apikey/],
  [
    "one of an agent's own tools",
    { tools: [{ ...agent, tools: [{ ...tool, key: "k" }] }] },
    /^unknown-property: .*key/,
  ],
  [
    "a store of a retriever",
    { contentRetrievers: [{ ...retriever, embeddings: { ...store, name: "k" } }] },
    /^unknown-property: .*name/,
  ],
  ["an expression in a tool", { tools: [{ ...tool, apiKey: "{{ inputs.nothing }}" }] }, /^unknown-input: /],
  ["a memory", { memory: { type: `${TYPE}.memory.Redis` } }, /^missing-property: .*host/],
])("the check of a flow tells of %s", (_what, written, told) => {
  expect(toldOf(written)).toEqual([expect.stringMatching(told)]);
});

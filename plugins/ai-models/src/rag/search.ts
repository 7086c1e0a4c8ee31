import { defineTask, deliverRows, dynamic, fetchType, text } from "@capstan/sdk";
import { z } from "zod";
import { provider } from "../any-model/provider.ts";
import { lateElement, renderedElement } from "../element.ts";
import { searchTexts } from "../embeddings/search.ts";

/** How many texts one search finds. */
const RESULTS_MAX = 1_000;

export const search = defineTask({
  type: "io.kestra.plugin.ai.rag.Search",
  aliases: ["io.kestra.plugin.langchain4j.rag.Search"],
  title: "Find embedded texts that mean something",
  properties: () =>
    z.object({
      query: text().describe("What is looked for."),
      maxResults: dynamic(z.int().min(1).max(RESULTS_MAX)).describe(`Texts that are found, up to ${RESULTS_MAX}.`),
      minScore: dynamic(z.number().min(0).max(1)).describe("How close they must be, from 0 to 1."),
      provider: provider().describe("The model that the texts were embedded with."),
      embeddings: lateElement().describe("Where the texts are."),
      fetchType: fetchType("NONE"),
    }),
  outputs: () =>
    z.object({
      results: z.array(z.string()).optional().describe("The texts, the closest first, with FETCH or FETCH_ONE."),
      uri: z.string().optional().describe("File of the texts, one a line, with STORE."),
      size: z.int().describe("How many there are."),
    }),
  examples: [
    {
      title: "Find what the handbook says",
      code: [
        "id: search",
        "type: io.kestra.plugin.ai.rag.Search",
        'query: "{{ inputs.question }}"',
        "maxResults: 5",
        "minScore: 0.6",
        "fetchType: FETCH",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.OpenAI",
        `  apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "  modelName: text-embedding-3-small",
        "embeddings:",
        "  type: io.kestra.plugin.ai.embeddings.KestraKVStore",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files, log } = context;
    const embeddings = await renderedElement(context, properties.embeddings);
    const found = await searchTexts(context, { ...properties, embeddings });
    log.info(`${found.length} texts were found`);
    const { row, rows, uri, size } = await deliverRows(texts(found), properties.fetchType, files);
    return { results: row === undefined ? rows : [row], uri, size };
  },
});

async function* texts(found: readonly { readonly content: string }[]): AsyncGenerator<string> {
  for (const { content } of found) yield content;
}

import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { converse } from "../agent/converse.ts";
import { configuration } from "../any-model/configuration.ts";
import { conversationOutputs } from "../any-model/conversation-outputs.ts";
import { guardrails } from "../any-model/guardrails.ts";
import { provider } from "../any-model/provider.ts";
import { lateElement, lateElements, renderedElement, renderedElements } from "../element.ts";
import { searchTexts } from "../embeddings/search.ts";
import { TOOLS } from "../tools/tool-kinds.ts";

const RESULTS = 3;

const retrieval = () =>
  z.object({
    maxResults: dynamic(z.int().min(1))
      .default(RESULTS)
      .describe(`Texts that the model is given. Default: ${RESULTS}.`),
    minScore: dynamic(z.number().min(0).max(1)).default(0).describe("How close they must be, from 0 to 1. Default: 0."),
  });

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.ai.rag.ChatCompletion",
  aliases: ["io.kestra.plugin.langchain4j.rag.ChatCompletion"],
  title: "Ask a model that is given what documents say",
  description:
    "Finds embedded texts and other sources that belong to the question, and asks a model with them. The answer must be there within the `timeout` of the task, or within two minutes.",
  properties: () =>
    z.object({
      prompt: text().describe("What is asked."),
      systemMessage: text().optional().describe("Who the model is, and what rules it keeps."),
      chatProvider: provider().describe("The model that answers."),
      chatConfiguration: configuration().default({}).describe("How it answers."),
      embeddings: lateElement().optional().describe("Where embedded texts are; IngestDocument puts them there."),
      embeddingProvider: provider()
        .optional()
        .describe("The model that the texts were embedded with. Default: `chatProvider`."),
      contentRetrieverConfiguration: retrieval()
        .default({ maxResults: RESULTS, minScore: 0 })
        .describe("Which of the texts the model is given."),
      contentRetrievers: lateElements().optional().describe("What finds further sources, such as a search of the web."),
      tools: lateElements().optional().describe("What the model may call."),
      memory: lateElement().optional().describe("Where the conversation is remembered."),
      guardrails: guardrails(),
    }),
  outputs: () =>
    z.object({
      ...conversationOutputs(),
      completion: z.string().optional().meta({ deprecated: true, description: "Older form of `textOutput`." }),
    }),
  examples: [
    {
      title: "Ask the handbook",
      code: [
        "id: ask",
        "type: io.kestra.plugin.ai.rag.ChatCompletion",
        'prompt: "{{ inputs.question }}"',
        "chatProvider:",
        "  type: io.kestra.plugin.ai.provider.OpenAI",
        `  apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "  modelName: gpt-4o",
        "embeddingProvider:",
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
    const { properties } = context;
    const { prompt, systemMessage, chatProvider, chatConfiguration, memory } = properties;
    if (properties.embeddings === undefined && properties.contentRetrievers === undefined)
      throw new TaskFailure(
        "The model is given nothing: give `embeddings` or `contentRetrievers`, or use ai.agent.AIAgent.",
      );
    const embeddings = properties.embeddings && (await renderedElement(context, properties.embeddings));
    const search = {
      provider: properties.embeddingProvider ?? chatProvider,
      ...properties.contentRetrieverConfiguration,
    };
    const outputs = await converse(context, TOOLS, {
      provider: chatProvider,
      configuration: chatConfiguration,
      systemMessage,
      prompt,
      guardrails: properties.guardrails,
      retrievers: embeddings === undefined ? [] : [(query) => searchTexts(context, { ...search, embeddings, query })],
      tools: await renderedElements(context, properties.tools, "tools"),
      contentRetrievers: await renderedElements(context, properties.contentRetrievers, "contentRetrievers"),
      memory: memory && (await renderedElement(context, memory)),
    });
    return { ...outputs, completion: "textOutput" in outputs ? outputs.textOutput : undefined };
  },
});

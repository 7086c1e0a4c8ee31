import { defineTask, dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { bearer, completeChat, firstText } from "../chat-completions.ts";
import { schemaOf } from "../json-schema-text.ts";
import { chatMessages, typedMessages } from "../typed-messages.ts";

const BASE_URL = "https://api.perplexity.ai";

const penalty = (effect: string) => dynamic(z.number().min(-2).max(2)).default(0).describe(effect);

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.perplexity.ChatCompletion",
  title: "Ask Perplexity",
  description: "Sends a conversation to Perplexity, which searches the web for its answers.",
  properties: () =>
    z.object({
      apiKey: secret().describe("Key of the API."),
      baseUrl: text()
        .default(BASE_URL)
        .describe(`Address of the API, for a proxy of it. A property of Capstan's own. Default: ${BASE_URL}.`),
      model: text().describe("The model, such as sonar."),
      messages: typedMessages(["SYSTEM", "ASSISTANT", "USER"]),
      temperature: dynamic(z.number().min(0).max(2)).default(0.2).describe("Randomness, from 0 to 2. Default: 0.2."),
      topP: dynamic(z.number().min(0).max(1))
        .default(0.9)
        .describe("Only the likeliest tokens of this probability are considered. Default: 0.9."),
      topK: dynamic(z.int().min(0)).default(0).describe("Only so many tokens are considered; 0 means all. Default: 0."),
      presencePenalty: penalty("More than 0 makes it speak of new things. Default: 0."),
      frequencyPenalty: penalty("More than 0 makes it repeat itself less. Default: 0."),
      maxTokens: dynamic(z.int().min(1)).optional().describe("Tokens that the answer may have."),
      jsonResponseSchema: text().optional().describe("JSON Schema of the answer, as a text."),
      stream: dynamic(z.boolean()).default(false).meta({
        deprecated: true,
        description: "Accepted for compatibility, without effect: outputs have the whole answer.",
      }),
    }),
  outputs: () =>
    z.object({
      outputText: z.string().describe("The text of the answer."),
      rawResponse: z.string().describe("The whole answer, as JSON, with the pages that it cites."),
    }),
  examples: [
    {
      title: "Ask for the news",
      code: [
        "id: news",
        "type: io.kestra.plugin.perplexity.ChatCompletion",
        `apiKey: "{{ secret('PERPLEXITY_API_KEY') }}"`,
        "model: sonar",
        "messages:",
        "  - type: USER",
        "    content: What is new in Berlin today?",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { apiKey, baseUrl, messages, jsonResponseSchema, ...properties } = context.properties;
    if (messages.length === 0) throw new TaskFailure("Nothing is asked: `messages` is empty.");
    const request = {
      model: properties.model,
      messages: chatMessages(messages),
      temperature: properties.temperature,
      top_p: properties.topP,
      top_k: properties.topK,
      presence_penalty: properties.presencePenalty,
      frequency_penalty: properties.frequencyPenalty,
      max_tokens: properties.maxTokens,
      response_format:
        jsonResponseSchema === undefined
          ? undefined
          : { type: "json_schema", json_schema: { schema: schemaOf(jsonResponseSchema) } },
    };
    const answer = await completeChat(context, { vendor: "Perplexity", baseUrl, headers: bearer(apiKey), request });
    return { outputText: firstText(answer), rawResponse: JSON.stringify(answer) };
  },
});

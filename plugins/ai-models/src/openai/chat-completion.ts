import { defineTask, dynamic, listOrText, parseJsonValue, text } from "@capstan/sdk";
import { z } from "zod";
import { type ChatChoice, completeChat } from "../chat-completions.ts";
import { schemaFormat } from "../json-schema-text.ts";
import { calling, connection } from "./connection.ts";
import { functions, toolChoice, toolsOf } from "./functions.ts";
import { conversation, messages } from "./messages.ts";
import { cacheKey } from "./prompt-cache.ts";

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.openai.ChatCompletion",
  title: "Ask a chat model of OpenAI",
  description:
    "Sends a conversation to the API of chat completions, of OpenAI or of any server that speaks as it does. A refusal or an answer that is cut off is no failure: `finish_reason` of each choice tells, and the log warns.",
  properties: () =>
    z.object({
      ...connection(),
      model: text().describe("The model, such as gpt-4o."),
      messages: messages().optional().describe("The conversation so far, oldest message first."),
      prompt: text().optional().describe("What is asked: the last message, said by the user."),
      functions: functions().optional().describe("Functions that the model may ask to be called."),
      functionCall: text()
        .default("auto")
        .describe(
          "Whether it asks for one: auto, none, required, or the name of the function that it must ask for. Default: auto.",
        ),
      jsonResponseSchema: text()
        .optional()
        .describe(
          "JSON Schema of the answer, as a text. It is followed to the letter when each object in it requires all its properties and has `additionalProperties: false`.",
        ),
      temperature: dynamic(z.number().min(0).max(2)).optional().describe("Randomness, from 0 to 2. Default: 1."),
      topP: dynamic(z.number().min(0).max(1))
        .optional()
        .describe("Only the likeliest tokens of this probability are considered. Default: 1."),
      n: dynamic(z.int().min(1)).default(1).describe("Number of choices. Default: 1."),
      stop: listOrText().optional().describe("Up to four texts that end the answer where they would come."),
      maxTokens: dynamic(z.int().min(1))
        .optional()
        .describe("Tokens that the answer may have, including those of thinking."),
      presencePenalty: penalty("More than 0 makes it speak of new things"),
      frequencyPenalty: penalty("More than 0 makes it repeat itself less"),
      logitBias: dynamic(z.record(z.string(), dynamic(z.int().min(-100).max(100))))
        .optional()
        .describe("By the number of a token, how much likelier it is, from -100 to 100."),
      promptCaching: dynamic(z.boolean())
        .optional()
        .describe(
          "Whether runs of this task share OpenAI's cache of prompts, which makes their equal beginning cheaper.",
        ),
    }),
  outputs: () =>
    z.object({
      id: z.string().optional().describe("Id of the completion."),
      object: z.string().optional().describe("Kind of the answer: chat.completion."),
      model: z.string().optional().describe("The model that answered."),
      choices: z
        .array(z.looseObject({}))
        .describe(
          "The answers, as the API gives them: `message.content`, `message.refusal`, `message.tool_calls`, `finish_reason`. Where a function is to be called, `message.function_call` has its `name` and its `arguments` as a map.",
        ),
      usage: z.looseObject({}).optional().describe("Tokens: `prompt_tokens`, `completion_tokens`, `total_tokens`."),
    }),
  examples: [
    {
      title: "Judge the errors of a service",
      code: [
        "id: judge",
        "type: io.kestra.plugin.openai.ChatCompletion",
        `apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "model: gpt-4o",
        "clientTimeout: 60",
        "messages:",
        "  - role: system",
        "    content: Rate the severity of these errors as critical, high, medium or low, and say why.",
        "  - role: user",
        '    content: "{{ inputs.errors }}"',
        "",
      ].join("\n"),
    },
    {
      title: "Ask a model of one's own for JSON",
      code: [
        "id: extract",
        "type: io.kestra.plugin.openai.ChatCompletion",
        "baseUrl: http://ollama:11434/v1",
        "apiKey: none",
        "model: llama3.2",
        'prompt: "What is the invoice number in: {{ inputs.text }}"',
        "jsonResponseSchema: |",
        '  {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"], "additionalProperties": false}',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, identity } = context;
    const { model, user, promptCaching, jsonResponseSchema, n } = properties;
    const request = {
      model,
      messages: conversation(properties.messages, properties.prompt),
      tools: toolsOf(properties.functions),
      tool_choice: toolChoice(properties.functionCall, properties.functions),
      response_format: jsonResponseSchema === undefined ? undefined : schemaFormat(jsonResponseSchema),
      temperature: properties.temperature,
      top_p: properties.topP,
      n: n === 1 ? undefined : n,
      stop: properties.stop,
      max_completion_tokens: properties.maxTokens,
      presence_penalty: properties.presencePenalty,
      frequency_penalty: properties.frequencyPenalty,
      logit_bias: properties.logitBias,
      prompt_cache_key: promptCaching === true ? cacheKey(identity) : undefined,
      user,
    };
    const {
      id,
      object,
      model: answering,
      choices,
      usage,
    } = await completeChat(context, {
      ...calling(properties),
      request,
    });
    return { id, object, model: answering, choices: choices.map(withFunctionCall), usage: usage ?? undefined };
  },
});

function penalty(effect: string) {
  return dynamic(z.number().min(-2).max(2)).optional().describe(`${effect}, from -2 to 2. Default: 0.`);
}

/** Flows read `message.function_call.arguments.name`: what the API calls so is older than `tool_calls`, whose arguments are a text. */
function withFunctionCall(choice: ChatChoice) {
  const called = choice.message.tool_calls?.find((call) => call.function !== undefined)?.function;
  if (called === undefined) return choice;
  const call = { name: called.name, arguments: argumentsOf(called.arguments) };
  return { ...choice, message: { ...choice.message, function_call: call } };
}

function argumentsOf(text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch {
    return text; // Models write what they like: the flow sees what it was.
  }
}

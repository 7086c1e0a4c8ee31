import { anyMap, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { typedMessages } from "../typed-messages.ts";
import { calling, connection } from "./connection.ts";
import { type MessageAnswer, nextMessage, writtenText } from "./messages.ts";

const MAX_TOKENS = 1024;
const CACHED = { cache_control: { type: "ephemeral" } } as const;

const tool = () =>
  z.object({
    name: text().describe("Name of the tool."),
    description: text().optional().describe("What it does; the model chooses by it."),
    inputSchema: anyMap().optional().describe("JSON Schema of what it is called with."),
  });

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.anthropic.ChatCompletion",
  title: "Ask a model of Anthropic",
  description:
    "Sends a conversation to the API of messages. A refusal or an answer that is cut off is no failure: `stopReason` tells, and the log warns.",
  properties: () =>
    z.object({
      ...connection(),
      model: text().describe("The model, such as claude-sonnet-5."),
      messages: typedMessages(["USER", "ASSISTANT"]),
      system: text().optional().describe("Who the model is to be, and what it must heed."),
      maxTokens: dynamic(z.int().min(1))
        .default(MAX_TOKENS)
        .describe(`Tokens that the answer may have. Default: ${MAX_TOKENS}.`),
      temperature: dynamic(z.number().min(0).max(1))
        .optional()
        .describe("Randomness, from 0 to 1. Newer models choose it themselves, and refuse another."),
      topP: dynamic(z.number().min(0).max(1))
        .optional()
        .describe("Only the likeliest tokens of this probability are considered. For older models."),
      topK: dynamic(z.int().min(0)).optional().describe("Only so many tokens are considered. For older models."),
      tools: dynamic(z.array(tool())).optional().describe("Tools that the model may ask for."),
      promptCaching: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether tools and `system` are kept by Anthropic for a few minutes, which makes their next use cheaper; without either, the messages are. Default: false.",
        ),
    }),
  outputs: () =>
    z.object({
      outputText: z.string().describe("The text of the answer."),
      rawResponse: z.string().describe("The whole answer, as JSON."),
      toolUses: z
        .array(
          z.object({
            id: z.string().optional().describe("Id of the use."),
            name: z.string().optional().describe("Name of the tool."),
            input: z.unknown().describe("What it is to be called with."),
          }),
        )
        .describe("Tools that the model asks for."),
      stopReason: z.string().optional().describe("Why it ended: end_turn, max_tokens, tool_use, refusal, …"),
      cacheCreationInputTokens: z.int().optional().describe("Tokens that were put into the cache."),
      cacheReadInputTokens: z.int().optional().describe("Tokens that were read from it."),
    }),
  examples: [
    {
      title: "Sum up a report",
      code: [
        "id: summary",
        "type: io.kestra.plugin.anthropic.ChatCompletion",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        "model: claude-sonnet-5",
        "system: You write for managers, in three sentences.",
        "messages:",
        "  - type: USER",
        '    content: "{{ read(inputs.report) }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    const { messages, system, tools, promptCaching } = properties;
    if (messages.length === 0) throw new TaskFailure("Nothing is asked: `messages` is empty.");
    const answer = await nextMessage(context, calling(properties), {
      model: properties.model,
      max_tokens: properties.maxTokens,
      messages: messages.map(({ type, content }) => ({ role: type === "USER" ? "user" : "assistant", content })),
      system: promptCaching && system !== undefined ? [{ type: "text", text: system, ...CACHED }] : system,
      temperature: properties.temperature,
      top_p: properties.topP,
      top_k: properties.topK,
      tools:
        tools === undefined || tools.length === 0 ? undefined : toolsOf(tools, promptCaching && system === undefined),
      cache_control: promptCaching && system === undefined && tools === undefined ? CACHED.cache_control : undefined,
    });
    return {
      outputText: writtenText(answer),
      rawResponse: JSON.stringify(answer),
      toolUses: usesIn(answer),
      stopReason: answer.stop_reason ?? undefined,
      cacheCreationInputTokens: answer.usage?.cache_creation_input_tokens ?? undefined,
      cacheReadInputTokens: answer.usage?.cache_read_input_tokens ?? undefined,
    };
  },
});

/** What is cached is all up to the mark: with a system prompt behind the tools, its mark holds for them too. */
function toolsOf(tools: readonly z.output<ReturnType<typeof tool>>[], isMarked: boolean) {
  return tools.map(({ name, description, inputSchema = {} }, index) => ({
    name,
    description,
    input_schema: { type: "object", ...inputSchema },
    ...(isMarked && index === tools.length - 1 && CACHED),
  }));
}

function usesIn({ content }: MessageAnswer) {
  return content.filter(({ type }) => type === "tool_use").map(({ id, name, input }) => ({ id, name, input }));
}

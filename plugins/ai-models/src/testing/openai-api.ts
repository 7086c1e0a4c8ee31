import type OpenAI from "openai";
import { z } from "zod";
import { startFakeApi } from "./fake-api.ts";
import { strictly } from "@capstan/sdk/test-kit";

type Chat = OpenAI.Chat.ChatCompletion;
type ChatRequest = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type ResponseRequest = OpenAI.Responses.ResponseCreateParamsNonStreaming;

export const KEY = "sk-test-of-openai";

const text = z.strictObject({ type: z.literal("text"), text: z.string() });
const image = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: z.string().startsWith("data:image/") }),
});
const document = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({ filename: z.string(), file_data: z.string().startsWith("data:application/pdf;base64,") }),
});

const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});

const message = z.union([
  z.strictObject({
    role: z.enum(["system", "user", "assistant", "developer"]),
    content: z.string(),
    name: z.string().exactOptional(),
  }),
  z.strictObject({ role: z.literal("user"), content: z.array(z.union([text, image, document])) }),
  z.strictObject({ role: z.literal("assistant"), content: z.string(), tool_calls: z.array(toolCall).min(1) }),
  z.strictObject({ role: z.literal("tool"), tool_call_id: z.string(), content: z.string() }),
]);

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    description: z.string().exactOptional(),
    parameters: z.looseObject({ type: z.literal("object") }),
  }),
});

export const chatRequest = strictly<ChatRequest>()({
  model: z.string(),
  messages: z.array(message).min(1),
  tools: z.array(tool).optional(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string() }) }),
    ])
    .optional(),
  response_format: z
    .union([
      z.strictObject({ type: z.literal("json_object") }),
      z.strictObject({
        type: z.literal("json_schema"),
        json_schema: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string().exactOptional(),
          strict: z.boolean(),
          schema: z.record(z.string(), z.unknown()),
        }),
      }),
    ])
    .optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  seed: z.int().optional(),
  n: z.int().optional(),
  stop: z.array(z.string()).max(4).optional(),
  max_completion_tokens: z.int().optional(),
  presence_penalty: z.number().optional(),
  frequency_penalty: z.number().optional(),
  logit_bias: z.record(z.string(), z.int()).optional(),
  prompt_cache_key: z.string().max(64).optional(),
  user: z.string().optional(),
});

const responseRequest = strictly<ResponseRequest>()({
  model: z.string(),
  input: z.union([
    z.string(),
    z.array(
      z.strictObject({
        role: z.enum(["user", "system"]),
        content: z.array(z.strictObject({ type: z.literal("input_text"), text: z.string() })),
      }),
    ),
  ]),
  text: z
    .strictObject({
      format: z.strictObject({
        type: z.literal("json_schema"),
        name: z.string(),
        schema: z.record(z.string(), z.unknown()),
      }),
    })
    .optional(),
  tools: z.array(z.strictObject({ type: z.literal("web_search") })).optional(),
  tool_choice: z.enum(["auto", "none", "required"]).optional(),
  store: z.boolean().optional(),
  previous_response_id: z.string().optional(),
  prompt: z.strictObject({ id: z.string(), variables: z.record(z.string(), z.string()).exactOptional() }).optional(),
  reasoning: z.strictObject({ effort: z.enum(["low", "medium", "high"]) }).optional(),
  max_output_tokens: z.int().optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  parallel_tool_calls: z.boolean().optional(),
  prompt_cache_key: z.string().max(64).optional(),
  user: z.string().optional(),
});

const embeddingRequest = strictly<OpenAI.EmbeddingCreateParams>()({
  model: z.string(),
  input: z.array(z.string().min(1)).min(1).max(2048),
});

/** What texts are about, in the tests: a direction for each of these words. */
const WORDS = ["cat", "dog", "rain", "sun"];

/** A vector of a text: the same for texts about the same. */
export function vectorOf(text: string): readonly number[] {
  return WORDS.map((word) => (text.toLowerCase().includes(word) ? 1 : 0.01));
}

function embed(asked: unknown) {
  const { input, model } = asked as { readonly input: readonly string[]; readonly model: string };
  // In another order, as only `index` tells which is which.
  const data = input
    .map((each, index) => ({ object: "embedding" as const, index, embedding: [...vectorOf(each)] }))
    .toReversed();
  const tokens = input.length * 2;
  const answer: OpenAI.CreateEmbeddingResponse = {
    object: "list",
    model,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return answer;
}

/** An answer that asks for tools, by their names and arguments. */
export function chatCalling(...calls: readonly (readonly [string, object])[]) {
  const asked = calls.map(([name, input], index) => ({
    id: `call_${index + 1}`,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(input) },
  }));
  const [choice] = CHAT.choices;
  const message = { ...choice!.message, content: null, tool_calls: asked };
  return { ...CHAT, choices: [{ ...choice, finish_reason: "tool_calls", message }] };
}

/** An answer in words. */
export function chatSaying(content: string) {
  const [choice] = CHAT.choices;
  return { ...CHAT, choices: [{ ...choice, message: { ...choice!.message, content } }] };
}

const imageRequest = strictly<OpenAI.Images.ImageGenerateParamsNonStreaming>()({
  model: z.string(),
  prompt: z.string(),
  n: z.int().max(10).optional(),
  size: z.enum(["256x256", "512x512", "1024x1024"]).optional(),
  quality: z.enum(["auto", "low", "medium", "high"]).optional(),
  response_format: z.enum(["url", "b64_json"]).optional(),
  user: z.string().optional(),
});

export const CHAT = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_764_000_000,
  model: "gpt-4o-2024-08-06",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      logprobs: null,
      message: { role: "assistant", content: "This is critical.", refusal: null },
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
} satisfies Chat;

export const RESPONSE = {
  id: "resp_1",
  object: "response",
  created_at: 1_764_000_000,
  status: "completed",
  output: [
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [
        {
          type: "output_text",
          text: "Two things changed.",
          annotations: [
            { type: "url_citation", url: "https://example.com/a", title: "A", start_index: 0, end_index: 3 },
            { type: "url_citation", url: "https://example.com/a", title: "A", start_index: 4, end_index: 9 },
          ],
        },
      ],
    },
  ],
  usage: {
    input_tokens: 5,
    output_tokens: 6,
    total_tokens: 11,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  },
} satisfies Partial<OpenAI.Responses.Response>;

export const IMAGES = {
  created: 1_764_000_000,
  data: [{ b64_json: Buffer.from("first").toString("base64") }, { b64_json: Buffer.from("second").toString("base64") }],
  usage: {
    input_tokens: 1,
    output_tokens: 2,
    total_tokens: 3,
    input_tokens_details: { image_tokens: 0, text_tokens: 1 },
  },
} satisfies OpenAI.Images.ImagesResponse;

export const FILE = {
  id: "file-1",
  object: "file",
  bytes: 5,
  created_at: 1_764_000_000,
  filename: "notes.txt",
  purpose: "user_data",
  status: "processed",
} satisfies OpenAI.Files.FileObject;

export interface OpenAiAnswers {
  readonly chat?: unknown;
  readonly response?: unknown;
  readonly images?: unknown;
}

/** OpenAI, with answers of one's own where they are given. */
export function startOpenAi({ chat = CHAT, response = RESPONSE, images = IMAGES }: OpenAiAnswers = {}) {
  return startFakeApi(
    { prefix: "/v1", isAllowed: ({ authorization }) => authorization === `Bearer ${KEY}` },
    {
      "POST /chat/completions": { request: chatRequest, answer: chat },
      "POST /embeddings": { request: embeddingRequest, answer: embed },
      "POST /responses": { request: responseRequest, answer: response },
      "POST /images/generations": { request: imageRequest, answer: images },
      "POST /files": { answer: FILE },
    },
  );
}

import type { IncomingHttpHeaders } from "node:http";
import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import { inTurn, startFakeApi } from "./fake-api.ts";
import { strictly } from "@capstan/sdk/test-kit";

export const KEY = "sk-ant-test";

const cacheControl = z.strictObject({ type: z.literal("ephemeral") });

const part = z.union([
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("image"),
    source: z.strictObject({
      type: z.literal("base64"),
      media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
      data: z.base64(),
    }),
  }),
  z.strictObject({
    type: z.literal("document"),
    source: z.strictObject({ type: z.literal("base64"), media_type: z.literal("application/pdf"), data: z.base64() }),
  }),
]);

const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
});
const toolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.string(),
  is_error: z.literal(true).exactOptional(),
});
/** As they were answered, with their signatures. */
const thoughts = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });

const messageRequest = strictly<Anthropic.MessageCreateParamsNonStreaming>()({
  model: z.string(),
  max_tokens: z.int(),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(["user", "assistant"]),
        content: z.union([z.string(), z.array(z.union([part, toolUse, toolResult, thoughts]))]),
      }),
    )
    .min(1),
  system: z
    .union([
      z.string(),
      z.array(
        z.strictObject({ type: z.literal("text"), text: z.string(), cache_control: cacheControl.exactOptional() }),
      ),
    ])
    .optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  top_k: z.int().optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string(),
        description: z.string().exactOptional(),
        input_schema: z.looseObject({ type: z.literal("object") }),
        cache_control: cacheControl.exactOptional(),
      }),
    )
    .optional(),
  cache_control: cacheControl.optional(),
  thinking: z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024) }).optional(),
  output_config: z
    .strictObject({
      format: z.strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) }),
    })
    .optional(),
});

export const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5",
  content: [
    { type: "text", text: "It is ", citations: null },
    { type: "text", text: "Tokyo.", citations: null },
  ],
  stop_reason: "end_turn",
  stop_sequence: null,
} satisfies Partial<Anthropic.Message>;

const USAGE = {
  input_tokens: 7,
  output_tokens: 3,
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 10,
} satisfies Partial<Anthropic.Usage>;

export const FILE = {
  id: "file_1",
  type: "file",
  filename: "report.pdf",
  mime_type: "application/pdf",
  size_bytes: 5,
  created_at: "2026-01-02T03:04:05Z",
  downloadable: false,
} satisfies Anthropic.FileMetadata;

const MODEL = {
  id: "claude-sonnet-5",
  type: "model",
  display_name: "Claude Sonnet 4.5",
  created_at: "2025-09-29T00:00:00Z",
} satisfies Partial<Anthropic.ModelInfo>;

function isAllowed(headers: IncomingHttpHeaders): boolean {
  return headers["x-api-key"] === KEY && headers["anthropic-version"] === "2023-06-01";
}

/** Anthropic, with parts of messages of one's own where they are given, one after the other. */
export function startAnthropic(...messages: readonly Record<string, unknown>[]) {
  const answers = (messages.length === 0 ? [{}] : messages).map((message) => ({
    ...MESSAGE,
    usage: USAGE,
    ...message,
  }));
  return startFakeApi(
    { prefix: "/v1", isAllowed },
    {
      "POST /messages": { request: messageRequest, answer: inTurn(answers) },
      "POST /files": { answer: FILE },
      "GET /files": { answer: { data: [FILE], first_id: "file_1", last_id: "file_1", has_more: false } },
      "GET /files/file_1": { answer: { ...FILE, scope: { type: "session", id: "session_1" } } },
      "DELETE /files/file_1": { answer: { id: "file_1", type: "file_deleted" } },
      "GET /models": { answer: { data: [MODEL], has_more: false, first_id: MODEL.id, last_id: MODEL.id } },
    },
  );
}

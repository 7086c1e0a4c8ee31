import type { TaskContext } from "@capstan/sdk";
import { type MessageAnswer, type MessageCall, requestMessage, writtenText } from "../anthropic/messages.ts";
import { toldFormat } from "./configuration.ts";
import { finishReasonOf, type Part, type Question, type Reply, type Turn, withInstruction } from "./question.ts";
import type { ToolCall } from "./tool.ts";

const MAX_TOKENS = 1024;
/** The least that the API takes. */
const THINKING_TOKENS = 1024;

/** Asks a server that has Anthropic's API of messages. */
export async function askAsMessage(
  context: TaskContext<unknown>,
  call: MessageCall & { readonly model: string; readonly maxTokens: number | undefined },
  { system, turns, configuration, format, tools }: Question,
): Promise<Reply> {
  const { model, maxTokens = MAX_TOKENS, ...server } = call;
  const isEnforced = format?.schema !== undefined && format.isStrict === true;
  const instructed = withInstruction(system, format === undefined || isEnforced ? undefined : toldFormat(format));
  const answer = await requestMessage(context, server, {
    model,
    max_tokens: configuration.maxToken ?? maxTokens,
    messages: turns.map(messageOf),
    tools: tools?.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
    system:
      instructed !== undefined && configuration.promptCaching === true
        ? [{ type: "text", text: instructed, cache_control: { type: "ephemeral" } }]
        : instructed,
    temperature: configuration.temperature,
    top_p: configuration.topP,
    top_k: configuration.topK,
    thinking:
      configuration.thinkingEnabled === true
        ? { type: "enabled", budget_tokens: configuration.thinkingBudgetTokens ?? THINKING_TOKENS }
        : undefined,
    output_config: isEnforced ? { format: { type: "json_schema", schema: format.schema } } : undefined,
  });
  const thoughts = answer.content.flatMap(({ type, thinking = "" }) => (type === "thinking" ? [thinking] : []));
  return {
    text: writtenText(answer),
    finishReason: finishReasonOf(answer.stop_reason),
    calls: answer.content.flatMap(callIn),
    native: answer.content,
    inputTokens: answer.usage?.input_tokens ?? undefined,
    outputTokens: answer.usage?.output_tokens ?? undefined,
    ...(thoughts.length > 0 && { thinking: thoughts.join("\n") }),
  };
}

function messageOf({ role, parts, results, native }: Turn) {
  if (results !== undefined)
    return {
      role: "user" as const,
      content: results.map(({ id, text, isError }) => ({
        type: "tool_result",
        tool_use_id: id,
        content: text,
        ...(isError && { is_error: true }),
      })),
    };
  const said = role === "assistant" ? ("assistant" as const) : ("user" as const);
  return { role: said, content: native ?? parts.map(contentOf) };
}

function callIn({ type, id, name, input }: MessageAnswer["content"][number]): ToolCall[] {
  if (type !== "tool_use" || id === undefined || name === undefined) return [];
  return [{ id, name, arguments: (input ?? {}) as ToolCall["arguments"] }];
}

function contentOf(part: Part) {
  if (part.kind === "TEXT") return { type: "text", text: part.text };
  const source = { type: "base64", media_type: part.mimeType, data: part.base64 };
  return { type: part.kind === "IMAGE" ? "image" : "document", source };
}

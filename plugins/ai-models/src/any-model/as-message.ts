import type { TaskContext } from "@capstan/sdk";
import { type MessageCall, requestMessage, writtenText } from "../anthropic/messages.ts";
import { toldFormat } from "./configuration.ts";
import { finishReasonOf, type Part, type Question, type Reply, withInstruction } from "./question.ts";

const MAX_TOKENS = 1024;
/** The least that the API takes. */
const THINKING_TOKENS = 1024;

/** Asks a server that has Anthropic's API of messages. */
export async function askAsMessage(
  context: TaskContext<unknown>,
  call: MessageCall & { readonly model: string; readonly maxTokens: number | undefined },
  { system, turns, configuration, format }: Question,
): Promise<Reply> {
  const { model, maxTokens = MAX_TOKENS, ...server } = call;
  const isEnforced = format?.schema !== undefined && format.isStrict === true;
  const instructed = withInstruction(system, format === undefined || isEnforced ? undefined : toldFormat(format));
  const answer = await requestMessage(context, server, {
    model,
    max_tokens: configuration.maxToken ?? maxTokens,
    messages: turns.map(({ role, parts }) => ({ role, content: parts.map(contentOf) })),
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
    inputTokens: answer.usage?.input_tokens ?? undefined,
    outputTokens: answer.usage?.output_tokens ?? undefined,
    ...(thoughts.length > 0 && { thinking: thoughts.join("\n") }),
  };
}

function contentOf(part: Part) {
  if (part.kind === "TEXT") return { type: "text", text: part.text };
  const source = { type: "base64", media_type: part.mimeType, data: part.base64 };
  return { type: part.kind === "IMAGE" ? "image" : "document", source };
}

import type { TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { callModel, type ModelCall } from "../model-api.ts";
import { countTokens } from "../token-count.ts";

/** A request of the API of messages, which knows more parameters than these. */
export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: unknown }[];
  readonly [parameter: string]: unknown;
}

const block = () =>
  z.looseObject({
    type: z.string(),
    text: z.string().optional(),
    thinking: z.string().optional(),
    id: z.string().optional(),
    name: z.string().optional(),
    input: z.unknown().optional(),
  });

const messageAnswer = () =>
  z.looseObject({
    id: z.string().optional(),
    model: z.string().optional(),
    content: z.array(block()),
    stop_reason: z.string().nullish(),
    stop_details: z.looseObject({ explanation: z.string().nullish() }).nullish(),
    usage: z
      .looseObject({
        input_tokens: z.number().nullish(),
        output_tokens: z.number().nullish(),
        cache_creation_input_tokens: z.number().nullish(),
        cache_read_input_tokens: z.number().nullish(),
      })
      .optional(),
  });

export type MessageAnswer = z.output<ReturnType<typeof messageAnswer>>;

export type MessageCall = Pick<ModelCall<unknown>, "vendor" | "baseUrl" | "headers" | "limit">;

export function requestMessage(
  context: Pick<TaskContext<unknown>, "signal">,
  call: MessageCall,
  request: MessagesRequest,
): Promise<MessageAnswer> {
  return callModel(context, { ...call, path: "/messages", body: request, answer: messageAnswer() });
}

/** Asks for the next message, counts its tokens, and says in the log how it ended. */
export async function nextMessage(
  context: Pick<TaskContext<unknown>, "signal" | "metric" | "log">,
  call: MessageCall,
  request: MessagesRequest,
): Promise<MessageAnswer> {
  const answer = await requestMessage(context, call, request);
  const { usage, stop_reason, stop_details } = answer;
  countTokens(context, {
    "usage.input.tokens": usage?.input_tokens,
    "usage.output.tokens": usage?.output_tokens,
    "usage.cache.creation.input.tokens": usage?.cache_creation_input_tokens,
    "usage.cache.read.input.tokens": usage?.cache_read_input_tokens,
  });
  const { log } = context;
  log.info(`${call.vendor} answered with ${answer.model ?? request.model}, stop reason: ${stop_reason ?? "unknown"}`);
  if (stop_reason === "refusal")
    log.warn(`${call.vendor} refused to answer: ${stop_details?.explanation ?? "it does not say why"}`);
  if (stop_reason === "max_tokens") log.warn("The answer is not complete: it reached `maxTokens`.");
  return answer;
}

/** All that the model wrote, in one text. */
export function writtenText({ content }: MessageAnswer): string {
  return content.map(({ type, text = "" }) => (type === "text" ? text : "")).join("");
}

import type { TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { callModel, type ModelCall } from "./model-api.ts";
import { countTokens } from "./token-count.ts";

/** A request of the API that OpenAI began, and others speak; each adds parameters of its own. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: unknown; readonly name?: string }[];
  readonly [parameter: string]: unknown;
}

const toolCall = () =>
  z.looseObject({
    id: z.string().optional(),
    function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
  });

const message = () =>
  z.looseObject({
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    tool_calls: z.array(toolCall()).nullish(),
  });

const chatAnswer = () =>
  z.looseObject({
    id: z.string().optional(),
    object: z.string().optional(),
    model: z.string().optional(),
    choices: z.array(z.looseObject({ message: message(), finish_reason: z.string().nullish() })).min(1),
    usage: z
      .looseObject({
        prompt_tokens: z.number().optional(),
        completion_tokens: z.number().optional(),
        total_tokens: z.number().optional(),
      })
      .nullish(),
  });

export type ChatAnswer = z.output<ReturnType<typeof chatAnswer>>;
export type ChatChoice = ChatAnswer["choices"][number];

export interface ChatCall extends Pick<ModelCall<unknown>, "vendor" | "baseUrl" | "headers" | "params" | "limit"> {
  readonly request: ChatRequest;
}

export function requestChat(
  context: Pick<TaskContext<unknown>, "signal">,
  { request, ...call }: ChatCall,
): Promise<ChatAnswer> {
  return callModel(context, { ...call, path: "/chat/completions", body: request, answer: chatAnswer() });
}

/** The header of a key, as nearly all have it. */
export function bearer(apiKey: string) {
  return { Authorization: `Bearer ${apiKey}` };
}

/** Asks for a chat completion, counts its tokens, and says in the log how it ended. */
export async function completeChat(
  context: Pick<TaskContext<unknown>, "signal" | "metric" | "log">,
  call: ChatCall,
): Promise<ChatAnswer> {
  const answer = await requestChat(context, call);
  const { prompt_tokens, completion_tokens, total_tokens } = answer.usage ?? {};
  countTokens(context, {
    "usage.prompt.tokens": prompt_tokens,
    "usage.completion.tokens": completion_tokens,
    "usage.total.tokens": total_tokens,
  });
  const ends = answer.choices.map(({ finish_reason }) => finish_reason ?? "unknown").join(", ");
  const tokens = total_tokens === undefined ? "" : `, ${total_tokens} tokens`;
  context.log.info(
    `${call.vendor} answered with ${answer.model ?? call.request.model}${tokens}, finish reason: ${ends}`,
  );
  for (const choice of answer.choices) warnOfEnd(context, call.vendor, choice);
  return answer;
}

function warnOfEnd(
  { log }: Pick<TaskContext<unknown>, "log">,
  vendor: string,
  { message: { refusal }, finish_reason }: ChatChoice,
): void {
  if (typeof refusal === "string" && refusal !== "") log.warn(`${vendor} refused to answer: ${refusal}`);
  if (finish_reason === "content_filter") log.warn(`${vendor} left out content that its filter found.`);
  if (finish_reason === "length") log.warn("The answer is not complete: it reached the limit of tokens.");
}

/** The text of the first choice; empty where the model wrote none. */
export function firstText({ choices }: ChatAnswer): string {
  return choices[0]?.message.content ?? "";
}

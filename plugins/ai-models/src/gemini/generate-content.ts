import { result, secret, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { callModel, type ModelCall } from "../model-api.ts";
import { countTokens } from "../token-count.ts";

const BASE_URL = "https://generativelanguage.googleapis.com/v1beta";

/** What all tasks of Gemini have in common. */
export const connection = () => ({
  apiKey: secret().describe("Key of the API."),
  baseUrl: text()
    .default(BASE_URL)
    .describe(
      `Address of the API up to its version, for a proxy of it. A property of Capstan's own. Default: ${BASE_URL}.`,
    ),
  model: text().describe("The model, such as gemini-2.5-flash."),
});

export interface GeminiModel {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly limit?: NonNullable<ModelCall<unknown>["limit"]>;
}

export type GeminiPart =
  | { readonly text: string }
  | { readonly inlineData: { readonly mimeType: string; readonly data: string } }
  | { readonly functionResponse: { readonly name: string; readonly response: object } };

export interface GeminiRequest {
  readonly contents: readonly { readonly role: string; readonly parts: unknown }[];
  readonly tools?: readonly { readonly functionDeclarations: readonly object[] }[];
  readonly systemInstruction?: { readonly parts: readonly GeminiPart[] };
  readonly generationConfig?: Readonly<Record<string, unknown>>;
}

export const safetyRating = () =>
  z.looseObject({
    category: z.string().optional(),
    probability: z.string().optional(),
    blocked: z.boolean().optional(),
  });

const part = () =>
  z.looseObject({
    text: z.string().optional(),
    thought: z.boolean().optional(),
    inlineData: z.looseObject({ mimeType: z.string().optional(), data: z.string().optional() }).optional(),
    functionCall: z.looseObject({ name: z.string(), args: z.record(z.string(), z.unknown()).optional() }).optional(),
  });

const candidate = () =>
  z.looseObject({
    content: z.looseObject({ parts: z.array(part()).optional() }).optional(),
    finishReason: z.string().optional(),
    safetyRatings: z.array(safetyRating()).optional(),
    citationMetadata: z.looseObject({}).optional(),
  });

const contentAnswer = () =>
  z.looseObject({
    responseId: z.string().optional(),
    candidates: z.array(candidate()).optional(),
    promptFeedback: z.looseObject({ blockReason: z.string().optional() }).optional(),
    usageMetadata: z
      .looseObject({
        promptTokenCount: z.number().optional(),
        candidatesTokenCount: z.number().optional(),
        totalTokenCount: z.number().optional(),
      })
      .optional(),
  });

export type ContentAnswer = z.output<ReturnType<typeof contentAnswer>>;
export type Candidate = NonNullable<ContentAnswer["candidates"]>[number];

export function requestContent(
  context: Pick<TaskContext<unknown>, "signal">,
  { apiKey, baseUrl, model, limit }: GeminiModel,
  request: GeminiRequest,
): Promise<ContentAnswer> {
  return callModel(context, {
    vendor: "Gemini",
    baseUrl,
    path: `/models/${encodeURIComponent(model.replace(/^models\//, ""))}:generateContent`,
    headers: { "x-goog-api-key": apiKey },
    body: request,
    answer: contentAnswer(),
    ...(limit !== undefined && { limit }),
  });
}

/** Asks for content, counts its tokens, and says in the log how it ended. */
export async function generateContent(
  context: Pick<TaskContext<unknown>, "signal" | "metric" | "log">,
  model: GeminiModel,
  request: GeminiRequest,
): Promise<ContentAnswer> {
  const answer = await requestContent(context, model, request);
  const { candidatesTokenCount, promptTokenCount, totalTokenCount } = answer.usageMetadata ?? {};
  countTokens(context, {
    "candidate.token.count": candidatesTokenCount,
    "prompt.token.count": promptTokenCount,
    "total.token.count": totalTokenCount,
  });
  context.log.info(`Gemini answered with ${model.model}, finish reason: ${endOf(answer) ?? "unknown"}`);
  if (isBlocked(answer)) context.log.warn(`Gemini held back its answer: ${endOf(answer)}`);
  if (endOf(answer) === "MAX_TOKENS") context.log.warn("The answer is not complete: it reached the limit of tokens.");
  return answer;
}

/** Why the first candidate ended; for a prompt that was not answered, why. */
export function endOf({ candidates, promptFeedback }: ContentAnswer): string | undefined {
  return promptFeedback?.blockReason ?? candidates?.[0]?.finishReason;
}

/** Ends that are neither those of a whole answer nor of one that is too long. */
const COMPLETE = new Set([undefined, "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED"]);

export function isBlocked(answer: ContentAnswer): boolean {
  return answer.promptFeedback?.blockReason !== undefined || !COMPLETE.has(endOf(answer));
}

/** All that a candidate wrote, without its thoughts. */
export function textOf({ content }: Candidate): string {
  return (content?.parts ?? []).map(({ text: piece = "", thought }) => (thought === true ? "" : piece)).join("");
}

/** `predictions` of the tasks that answer in texts. */
export const prediction = () =>
  z.object({
    content: z.string().describe("The text."),
    finishReason: z.string().optional().describe("Why it ended: STOP, MAX_TOKENS, SAFETY, …"),
    safetyRatings: z.array(z.looseObject({})).optional().describe("How Gemini judges its safety."),
    citationMetadata: z.looseObject({}).optional().describe("What it cites."),
  });

export function predictionOf(from: Candidate): z.output<ReturnType<typeof prediction>> {
  const { finishReason, safetyRatings, citationMetadata } = from;
  return { content: textOf(from), finishReason, safetyRatings, citationMetadata };
}

/** Outputs of an answer; one that was held back ends with a warning. */
export function outcomeOf(answer: ContentAnswer, outputs: Record<string, unknown>) {
  return isBlocked(answer) ? result({ state: "WARNING", outputs }) : result({ outputs });
}

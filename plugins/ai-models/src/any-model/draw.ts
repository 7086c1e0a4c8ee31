import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { endOf, type GeminiModel, requestContent } from "../gemini/generate-content.ts";
import { callModel, type ModelCall } from "../model-api.ts";
import { type FinishReason, finishReasonOf } from "./question.ts";

/** An image: at an address of the vendor's, or as it is. */
export interface Drawing {
  readonly image: { readonly url: string } | { readonly base64: string; readonly mimeType: string };
  readonly finishReason: FinishReason;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

type Context = Pick<TaskContext<unknown>, "signal">;

const generationAnswer = z.looseObject({
  data: z.array(z.looseObject({ b64_json: z.string().nullish(), url: z.string().nullish() })).min(1),
  output_format: z.string().optional(),
  usage: z.looseObject({ input_tokens: z.number().optional(), output_tokens: z.number().optional() }).nullish(),
});

/** Draws with the API that OpenAI began, and others speak. */
export async function drawAsGeneration(
  context: Context,
  server: Pick<ModelCall<unknown>, "vendor" | "baseUrl" | "headers" | "params">,
  model: string,
  prompt: string,
): Promise<Drawing> {
  const { data, output_format, usage } = await callModel(context, {
    ...server,
    path: "/images/generations",
    body: { model, prompt },
    answer: generationAnswer,
  });
  const [{ url, b64_json: base64 } = {}] = data;
  const image =
    typeof base64 === "string" ? { base64, mimeType: `image/${output_format ?? "png"}` } : { url: url ?? "" };
  if ("url" in image && image.url === "")
    throw new TaskFailure(`${server.vendor} answered with neither image nor address.`);
  return { image, finishReason: "STOP", inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens };
}

/** Draws with Gemini. */
export async function drawAsContent(context: Context, model: GeminiModel, prompt: string): Promise<Drawing> {
  const answer = await requestContent(context, model, {
    contents: [{ role: "user", parts: [{ text: prompt }] }],
    generationConfig: { responseModalities: ["TEXT", "IMAGE"] },
  });
  const parts = answer.candidates?.[0]?.content?.parts ?? [];
  const drawn = parts.find(({ inlineData }) => inlineData !== undefined)?.inlineData;
  if (drawn?.data === undefined)
    throw new TaskFailure(`Gemini drew nothing: ${endOf(answer) ?? "it does not say why"}.`);
  const { promptTokenCount, candidatesTokenCount } = answer.usageMetadata ?? {};
  return {
    image: { base64: drawn.data, mimeType: drawn.mimeType ?? "image/png" },
    finishReason: finishReasonOf(endOf(answer)),
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount,
  };
}

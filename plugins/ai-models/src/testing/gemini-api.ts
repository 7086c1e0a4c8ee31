import {
  type BatchEmbedContentsRequest,
  type GenerateContentRequest,
  type GenerateContentResponse,
  TaskType,
} from "@google/generative-ai";
import { z } from "zod";
import { startFakeApi } from "./fake-api.ts";
import { strictly } from "@capstan/sdk/test-kit";

export const KEY = "gemini-test-key";
export const MODEL = "gemini-2.5-flash";

const part = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ inlineData: z.strictObject({ mimeType: z.string(), data: z.base64() }) }),
]);

const functionCall = z.strictObject({
  functionCall: z.strictObject({ name: z.string(), args: z.record(z.string(), z.unknown()) }),
  // As it was answered; newer than the library.
  thoughtSignature: z.string().exactOptional(),
});
const functionResponse = z.strictObject({
  functionResponse: z.strictObject({ name: z.string(), response: z.record(z.string(), z.unknown()) }),
});

const functionDeclaration = z.strictObject({
  name: z.string().regex(/^[a-zA-Z_][\w-]{0,63}$/),
  description: z.string(),
  // Newer than the library, which knows `parameters` alone.
  parametersJsonSchema: z.looseObject({ type: z.literal("object") }),
});

const embedRequest = strictly<BatchEmbedContentsRequest>()({
  requests: z.array(
    z.strictObject({
      model: z.literal(`models/${MODEL}`),
      content: z
        .strictObject({ parts: z.array(z.strictObject({ text: z.string() })).length(1) })
        .transform((content) => ({ role: "user", ...content })),
      taskType: z.enum(TaskType).exactOptional(),
      // Newer than the library.
      outputDimensionality: z.int().exactOptional(),
    }),
  ),
});

const contentRequest = strictly<GenerateContentRequest>()({
  contents: z
    .array(
      z.strictObject({
        role: z.enum(["user", "model"]),
        parts: z.array(z.union([part, functionCall, functionResponse])).min(1),
      }),
    )
    .min(1),
  tools: z.array(z.strictObject({ functionDeclarations: z.array(functionDeclaration) })).optional(),
  // The library sends a role with it, which the API ignores.
  systemInstruction: z
    .strictObject({ role: z.literal("system").exactOptional(), parts: z.array(part) })
    .transform((content) => ({ role: "system", ...content }))
    .optional(),
  // The library sends an empty list.
  safetySettings: z.array(z.never()).optional(),
  generationConfig: z
    .strictObject({
      temperature: z.number().exactOptional(),
      topP: z.number().exactOptional(),
      topK: z.int().exactOptional(),
      maxOutputTokens: z.int().exactOptional(),
      // Newer than the library.
      seed: z.int().exactOptional(),
      thinkingConfig: z
        .strictObject({ thinkingBudget: z.int().exactOptional(), includeThoughts: z.boolean().exactOptional() })
        .exactOptional(),
      // Newer than the library.
      responseModalities: z.array(z.enum(["TEXT", "IMAGE"])).exactOptional(),
      responseMimeType: z.literal("application/json").exactOptional(),
      responseSchema: z
        .custom<NonNullable<NonNullable<GenerateContentRequest["generationConfig"]>["responseSchema"]>>(
          (schema) => typeof schema === "object",
        )
        .exactOptional(),
    })
    .optional(),
});

export const CONTENT = {
  candidates: [
    { index: 0, content: { role: "model", parts: [{ text: "Grace " }, { text: "Hopper" }] }, finishReason: "STOP" },
  ],
  usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2, totalTokenCount: 6 },
};
// An enum of the library can't be written as the text that the API sends.
CONTENT satisfies Omit<GenerateContentResponse, "candidates">;

/** Gemini, with an answer of one's own where it is given. */
export function startGemini(answer: unknown = CONTENT) {
  return startFakeApi(
    { prefix: "/v1beta", isAllowed: (headers) => headers["x-goog-api-key"] === KEY },
    {
      [`POST /models/${MODEL}:generateContent`]: { request: contentRequest, answer },
      [`POST /models/${MODEL}:batchEmbedContents`]: {
        request: embedRequest,
        answer: { embeddings: [{ values: [1, 0] }, { values: [0, 1] }] },
      },
    },
  );
}

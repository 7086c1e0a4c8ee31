import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { callModel, type ModelCall } from "../model-api.ts";

/** Texts of one request; some vendors take no more tokens than these have. */
const TEXTS_AT_ONCE = 32;
/** What Gemini takes. */
const TEXTS_AT_ONCE_GEMINI = 100;

/** A vector for each text, in their order. */
export interface Embedded {
  readonly vectors: readonly (readonly number[])[];
  /** Unless the API doesn't tell. */
  readonly inputTokens: number | undefined;
}

type Context = Pick<TaskContext<unknown>, "signal">;

const listAnswer = z.looseObject({
  data: z.array(z.looseObject({ embedding: z.array(z.number()), index: z.int().optional() })),
  usage: z.looseObject({ prompt_tokens: z.number().nullish() }).nullish(),
});

/** Embeds with the API that OpenAI began, and others speak. */
export async function embedAsList(
  context: Context,
  server: Pick<ModelCall<unknown>, "vendor" | "baseUrl" | "headers" | "params">,
  model: string,
  texts: readonly string[],
): Promise<Embedded> {
  const vectors: (readonly number[])[] = [];
  let inputTokens: number | undefined;
  for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
    const input = texts.slice(from, from + TEXTS_AT_ONCE);
    const { data, usage } = await callModel(context, {
      ...server,
      path: "/embeddings",
      body: { model, input },
      answer: listAnswer,
    });
    const ordered = data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding);
    vectors.push(...complete(server.vendor, ordered, input.length));
    if (typeof usage?.prompt_tokens === "number") inputTokens = (inputTokens ?? 0) + usage.prompt_tokens;
  }
  return { vectors, inputTokens };
}

const batchAnswer = z.looseObject({ embeddings: z.array(z.looseObject({ values: z.array(z.number()) })) });

interface GeminiEmbedding {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly taskType?: string;
  readonly dimensions?: number;
}

/** Embeds with Gemini. */
export async function embedAsBatch(
  context: Context,
  { apiKey, baseUrl, model, taskType, dimensions }: GeminiEmbedding,
  texts: readonly string[],
): Promise<Embedded> {
  const name = `models/${model.replace(/^models\//, "")}`;
  const vectors: (readonly number[])[] = [];
  for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE_GEMINI) {
    const asked = texts.slice(from, from + TEXTS_AT_ONCE_GEMINI);
    const { embeddings } = await callModel(context, {
      vendor: "Gemini",
      baseUrl,
      path: `/models/${encodeURIComponent(name.slice("models/".length))}:batchEmbedContents`,
      headers: { "x-goog-api-key": apiKey },
      body: {
        requests: asked.map((text) => ({
          model: name,
          content: { parts: [{ text }] },
          taskType,
          outputDimensionality: dimensions,
        })),
      },
      answer: batchAnswer,
    });
    vectors.push(
      ...complete(
        "Gemini",
        embeddings.map(({ values }) => values),
        asked.length,
      ),
    );
  }
  return { vectors, inputTokens: undefined };
}

function complete(vendor: string, vectors: readonly (readonly number[])[], count: number) {
  if (vectors.length === count) return vectors;
  throw new TaskFailure(`${vendor} answered with ${vectors.length} vectors for ${count} texts.`);
}

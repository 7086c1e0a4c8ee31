import type { TaskContext } from "@capstan/sdk";
import {
  type Candidate,
  endOf,
  type GeminiModel,
  type GeminiPart,
  isBlocked,
  requestContent,
  textOf,
} from "../gemini/generate-content.ts";
import type { Configuration } from "./configuration.ts";
import { finishReasonOf, type Part, type Question, type Reply } from "./question.ts";

/** Asks a server that has Gemini's API of content. */
export async function askAsContent(
  context: TaskContext<unknown>,
  model: GeminiModel,
  { system, turns, configuration, format }: Question,
): Promise<Reply> {
  const answer = await requestContent(context, model, {
    contents: turns.map(({ role, parts }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: parts.map(partOf),
    })),
    ...(system !== undefined && { systemInstruction: { parts: [{ text: system }] } }),
    generationConfig: {
      temperature: configuration.temperature,
      topP: configuration.topP,
      topK: configuration.topK,
      seed: configuration.seed,
      maxOutputTokens: configuration.maxToken,
      ...(format !== undefined && { responseMimeType: "application/json", responseSchema: knownSchema(format.schema) }),
      thinkingConfig: thinkingOf(configuration),
    },
  });
  const [first] = answer.candidates ?? [];
  const { promptTokenCount, candidatesTokenCount } = answer.usageMetadata ?? {};
  const thinking = first === undefined ? "" : thoughtsOf(first);
  return {
    text: first === undefined ? "" : textOf(first),
    finishReason: isBlocked(answer) ? "CONTENT_FILTER" : finishReasonOf(endOf(answer)),
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount,
    ...(thinking !== "" && { thinking }),
  };
}

/** Gemini refuses a schema with words that it doesn't know. */
const UNKNOWN_WORDS = new Set(["additionalProperties", "$schema"]);

function knownSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(knownSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const known = Object.entries(schema).filter(([word]) => !UNKNOWN_WORDS.has(word));
  return Object.fromEntries(
    known.map(([word, value]) => [word, word === "properties" ? eachProperty(value) : knownSchema(value)]),
  );
}

/** Names of properties are no words of the schema. */
function eachProperty(properties: unknown): unknown {
  if (typeof properties !== "object" || properties === null) return properties;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, knownSchema(schema)]));
}

function partOf(part: Part): GeminiPart {
  if (part.kind === "TEXT") return { text: part.text };
  return { inlineData: { mimeType: part.mimeType, data: part.base64 } };
}

function thinkingOf({ thinkingEnabled, thinkingBudgetTokens, returnThinking }: Configuration) {
  if (thinkingEnabled === undefined && thinkingBudgetTokens === undefined && returnThinking !== true) return undefined;
  return {
    thinkingBudget: thinkingEnabled === false ? 0 : thinkingBudgetTokens,
    ...(returnThinking === true && { includeThoughts: true }),
  };
}

function thoughtsOf({ content }: Candidate): string {
  return (content?.parts ?? []).map(({ text = "", thought }) => (thought === true ? text : "")).join("");
}

import type { TaskContext } from "@capstan/sdk";
import {
  type Candidate,
  type ContentAnswer,
  endOf,
  type GeminiModel,
  type GeminiPart,
  isBlocked,
  requestContent,
  textOf,
} from "../gemini/generate-content.ts";
import { type Configuration, toldFormat } from "./configuration.ts";
import { finishReasonOf, type Part, type Question, type Reply, type Turn, withInstruction } from "./question.ts";
import type { ToolCall, ToolSpec } from "./tool.ts";

/** Asks a server that has Gemini's API of content. */
export async function askAsContent(
  context: TaskContext<unknown>,
  model: GeminiModel,
  { system, turns, configuration, format, tools }: Question,
): Promise<Reply> {
  // The API takes no format beside functions.
  const isTold = format !== undefined && tools !== undefined;
  const instruction = withInstruction(system, isTold ? toldFormat(format) : undefined);
  const answer = await requestContent(context, model, {
    contents: turns.map(contentOf),
    ...(instruction !== undefined && { systemInstruction: { parts: [{ text: instruction }] } }),
    ...(tools !== undefined && { tools: [{ functionDeclarations: tools.map(functionOf) }] }),
    generationConfig: {
      temperature: configuration.temperature,
      topP: configuration.topP,
      topK: configuration.topK,
      seed: configuration.seed,
      maxOutputTokens: configuration.maxToken,
      ...(format !== undefined &&
        !isTold && { responseMimeType: "application/json", responseSchema: knownSchema(format.schema) }),
      thinkingConfig: thinkingOf(configuration),
    },
  });
  const [first] = answer.candidates ?? [];
  const { promptTokenCount, candidatesTokenCount } = answer.usageMetadata ?? {};
  const thinking = first === undefined ? "" : thoughtsOf(first);
  const calls = callsOf(first, turns.length);
  return {
    text: first === undefined ? "" : textOf(first),
    finishReason: endedFor(answer, calls),
    calls,
    native: first?.content?.parts,
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount,
    ...(thinking !== "" && { thinking }),
  };
}

function endedFor(answer: ContentAnswer, calls: readonly ToolCall[]) {
  if (isBlocked(answer)) return "CONTENT_FILTER";
  return calls.length > 0 ? "TOOL_EXECUTION" : finishReasonOf(endOf(answer));
}

function contentOf({ role, parts, results, native }: Turn) {
  if (results !== undefined)
    return {
      role: "user",
      parts: results.map(({ name, text, isError }) => ({
        functionResponse: { name, response: isError ? { error: text } : { output: text } },
      })),
    };
  return { role: role === "assistant" ? "model" : "user", parts: native ?? parts.map(partOf) };
}

function functionOf({ name, description, parameters }: ToolSpec) {
  return { name, description, parametersJsonSchema: parameters };
}

/** The API tells calls apart by their order; `turn` makes ids of one conversation differ. */
function callsOf(answered: Candidate | undefined, turn: number): readonly ToolCall[] {
  const asked = (answered?.content?.parts ?? []).flatMap(({ functionCall }) => functionCall ?? []);
  return asked.map(({ name, args = {} }, index) => ({ id: `call_${turn}_${index}`, name, arguments: args }));
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

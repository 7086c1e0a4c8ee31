import { anyMap, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const responseFormat = () =>
  z.object({
    type: dynamic(z.enum(["TEXT", "JSON"]))
      .default("TEXT")
      .describe("TEXT or JSON. Default: TEXT."),
    jsonSchema: anyMap().optional().describe("JSON Schema of the answer, as a map; only with JSON."),
    jsonSchemaDescription: text().optional().describe("What the schema is for, so that the model fills it in well."),
    strictJson: dynamic(z.boolean())
      .optional()
      .describe("Whether the API is to make sure of the schema, where it can. Default: when the schema allows that."),
  });

/** How a model answers, in words that all providers have in common. */
export const configuration = () =>
  z.object({
    temperature: dynamic(z.number().min(0)).optional().describe("Randomness. Default: that of the model."),
    topP: dynamic(z.number().min(0).max(1))
      .optional()
      .describe("Only the likeliest tokens of this probability are considered."),
    topK: dynamic(z.int().min(0)).optional().describe("Only so many tokens are considered."),
    seed: dynamic(z.int()).optional().describe("Makes answers repeat themselves, as far as the model can."),
    maxToken: dynamic(z.int().min(1)).optional().describe("Tokens that the answer may have."),
    responseFormat: responseFormat().optional().describe("Whether the answer is a text or JSON."),
    thinkingEnabled: dynamic(z.boolean()).optional().describe("Whether the model thinks first. Anthropic and Gemini."),
    thinkingBudgetTokens: dynamic(z.int().min(0)).optional().describe("Tokens that it may think."),
    returnThinking: dynamic(z.boolean()).optional().describe("Whether its thoughts are an output. Default: false."),
    promptCaching: dynamic(z.boolean())
      .optional()
      .describe("Whether the system message is cached, which makes its next use cheaper. Anthropic only."),
    logRequests: dynamic(z.boolean()).optional().describe("Whether the log shows what is asked. Default: false."),
    logResponses: dynamic(z.boolean()).optional().describe("Whether the log shows what is answered. Default: false."),
  });

export type Configuration = z.output<ReturnType<typeof configuration>>;

/** JSON that is asked for. */
export interface JsonFormat {
  /** Of letters, digits, `_` and `-`. */
  readonly name: string;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly description?: string;
  /** Undefined leaves it to the schema. */
  readonly isStrict?: boolean;
}

/** The JSON that a configuration asks for, if it does. Throws `TaskFailure` for a schema of a text. */
export function formatOf({ responseFormat: format }: Configuration): JsonFormat | undefined {
  if (format === undefined) return undefined;
  const { type, jsonSchema: schema, jsonSchemaDescription: description, strictJson: isStrict } = format;
  if (type === "TEXT" && (schema !== undefined || isStrict === true))
    throw new TaskFailure(
      "`configuration.responseFormat` has a schema for an answer that is a text. Set its `type` to JSON.",
    );
  if (type === "TEXT") return undefined;
  return {
    name: "output",
    ...(schema !== undefined && { schema }),
    ...(description !== undefined && { description }),
    ...(isStrict !== undefined && { isStrict }),
  };
}

/** What a model is told that has no parameter for a schema. */
export function toldFormat({ schema }: JsonFormat): string {
  if (schema === undefined) return "Answer with nothing but JSON.";
  return `Answer with nothing but JSON that fits this JSON Schema:\n${JSON.stringify(schema)}`;
}

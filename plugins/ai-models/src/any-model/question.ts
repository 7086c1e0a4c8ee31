import type { Configuration, JsonFormat } from "./configuration.ts";
import type { ToolCall, ToolResult, ToolSpec } from "./tool.ts";

/** A piece of what is said. */
export type Part =
  | { readonly kind: "TEXT"; readonly text: string }
  | { readonly kind: "IMAGE" | "PDF"; readonly mimeType: string; readonly base64: string };

export interface Turn {
  /** What tools answered is a turn of their own, without parts. */
  readonly role: "user" | "assistant" | "tool";
  readonly parts: readonly Part[];
  /** What the model wanted to have called. */
  readonly calls?: readonly ToolCall[];
  /** Those of the turn before, in its order. */
  readonly results?: readonly ToolResult[];
  /** The model's turn in the words of its API, which takes nothing else back: it has signatures of thoughts. */
  readonly native?: unknown;
}

/** What any model is asked. */
export interface Question {
  readonly system?: string;
  /** The last one is the user's, or has the results of tools. */
  readonly turns: readonly Turn[];
  readonly configuration: Configuration;
  readonly format?: JsonFormat;
  /** What the model may call. */
  readonly tools?: readonly ToolSpec[];
}

export type FinishReason = "STOP" | "LENGTH" | "TOOL_EXECUTION" | "CONTENT_FILTER" | "OTHER";

/** What any model answers. */
export interface Reply {
  readonly text: string;
  readonly thinking?: string;
  readonly finishReason: FinishReason;
  /** Tools that are to be called before the model goes on. */
  readonly calls: readonly ToolCall[];
  /** See `Turn`. */
  readonly native?: unknown;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: "STOP",
  STOP: "STOP",
  end_turn: "STOP",
  stop_sequence: "STOP",
  length: "LENGTH",
  max_tokens: "LENGTH",
  MAX_TOKENS: "LENGTH",
  model_context_window_exceeded: "LENGTH",
  tool_calls: "TOOL_EXECUTION",
  tool_use: "TOOL_EXECUTION",
  content_filter: "CONTENT_FILTER",
  refusal: "CONTENT_FILTER",
};

/** Why an answer ended, in words that all providers have in common. */
export function finishReasonOf(written: string | null | undefined): FinishReason {
  return FINISH_REASONS[written ?? ""] ?? "OTHER";
}

/** All texts of a turn. */
export function textIn({ parts }: Turn): string {
  return parts.flatMap((part) => (part.kind === "TEXT" ? [part.text] : [])).join("\n");
}

/** A system message with an instruction behind it; undefined when there is neither. */
export function withInstruction(system: string | undefined, instruction: string | undefined): string | undefined {
  if (system === undefined || instruction === undefined) return system ?? instruction;
  return `${system}\n\n${instruction}`;
}

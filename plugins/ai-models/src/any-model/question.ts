import type { Configuration, JsonFormat } from "./configuration.ts";

/** A piece of what is said. */
export type Part =
  | { readonly kind: "TEXT"; readonly text: string }
  | { readonly kind: "IMAGE" | "PDF"; readonly mimeType: string; readonly base64: string };

export interface Turn {
  readonly role: "user" | "assistant";
  readonly parts: readonly Part[];
}

/** What any model is asked. */
export interface Question {
  readonly system?: string;
  /** The last one is the user's. */
  readonly turns: readonly Turn[];
  readonly configuration: Configuration;
  readonly format?: JsonFormat;
}

export type FinishReason = "STOP" | "LENGTH" | "TOOL_EXECUTION" | "CONTENT_FILTER" | "OTHER";

/** What any model answers. */
export interface Reply {
  readonly text: string;
  readonly thinking?: string;
  readonly finishReason: FinishReason;
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

import { z } from "zod";
import { answerOutputs, type Asked, finishReason, outputsOf, tokenUsage, usageOf, violationOutputs } from "./ask.ts";
import { answeredJson } from "./json-answer.ts";
import type { Question } from "./question.ts";

/** Outputs of tasks whose model may call tools and read sources. */
export const conversationOutputs = () => ({
  textOutput: z.string().optional().describe("The text of the answer."),
  jsonOutput: z.unknown().optional().describe("The answer as a value, if JSON was asked for."),
  thinking: z.string().optional().describe("Thoughts of the model, with `returnThinking`."),
  requestDuration: z.int().optional().describe("Milliseconds that it took."),
  ...answerOutputs(),
  toolExecutions: z
    .array(
      z.object({
        requestId: z.string().describe("Tells the call apart from others."),
        requestName: z.string().describe("The tool."),
        requestArguments: z.record(z.string(), z.unknown()).describe("What it was called with."),
        result: z.string().describe("What it answered, or why it failed."),
      }),
    )
    .describe("Tools that were called, in their order."),
  intermediateResponses: z
    .array(
      z.object({
        id: z.string().describe("Number of the answer, from 1."),
        completion: z.string().describe("What the model said."),
        tokenUsage: tokenUsage().describe("Tokens that it took."),
        finishReason: finishReason().describe("Why it ended."),
        toolExecutionRequests: z
          .array(
            z.object({
              id: z.string().describe("Tells the call apart from others."),
              name: z.string().describe("The tool."),
              arguments: z.record(z.string(), z.unknown()).describe("What it is to be called with."),
            }),
          )
          .describe("Calls that the model asked for."),
        requestDuration: z.int().describe("Milliseconds that it took."),
      }),
    )
    .describe("Answers that asked for tools."),
  sources: z
    .array(
      z.object({
        content: z.string().describe("A text."),
        metadata: z.record(z.string(), z.unknown()).describe("What is known of it, such as where it is from."),
      }),
    )
    .describe("What retrievers found, which the model was given."),
  outputFiles: z.record(z.string(), z.string()).optional().describe("Addresses of the output files, by their paths."),
});

/** What a model may read beside the question. */
export interface Source {
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The outputs of what was asked; its JSON is read if there is a format. Throws `TaskFailure` for an answer that is none. */
export function conversed(asked: Asked, { configuration, format }: Question, sources: readonly Source[] = []) {
  if (asked.violation !== undefined)
    return { ...violationOutputs(asked.violation), toolExecutions: [], intermediateResponses: [], sources };
  const { reply, durationMs, executions, intermediate } = asked;
  return {
    textOutput: reply.text,
    jsonOutput: format === undefined ? undefined : answeredJson(reply),
    thinking: configuration.returnThinking === true ? reply.thinking : undefined,
    requestDuration: durationMs,
    ...outputsOf(reply),
    toolExecutions: executions.map(({ id, name, arguments: requestArguments, result }) => ({
      requestId: id,
      requestName: name,
      requestArguments,
      result,
    })),
    intermediateResponses: intermediate.map(({ reply: each, durationMs: requestDuration }, index) => ({
      id: String(index + 1),
      completion: each.text,
      tokenUsage: usageOf(each),
      finishReason: each.finishReason,
      toolExecutionRequests: each.calls,
      requestDuration,
    })),
    sources,
  };
}

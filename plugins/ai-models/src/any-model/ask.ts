import type { TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { countTokens } from "../token-count.ts";
import { brokenRule, type Guardrails } from "./guardrails.ts";
import type { Provider } from "./provider.ts";
import { type Question, type Reply, textIn } from "./question.ts";
import { type Rounds, runRounds } from "./rounds.ts";
import type { Tool } from "./tool.ts";

export interface Asking {
  readonly provider: Provider;
  readonly guardrails?: Guardrails;
  readonly question: Question;
  readonly tools?: readonly Tool[];
  /** How often tools are called before it is too much. */
  readonly roundsMax?: number | undefined;
}

/** An answer; or what was told instead of one, because a rule was broken. */
export type Asked =
  | { readonly violation: string }
  | (Rounds & { readonly violation?: undefined; readonly durationMs: number });

/** Asks a model within its guardrails, calls tools for it, counts its tokens, and says in the log how it ended. */
export async function ask(context: TaskContext<unknown>, asking: Asking): Promise<Asked> {
  const { provider, guardrails, question } = asking;
  const { log } = context;
  const { logRequests, logResponses } = question.configuration;
  const early = await brokenRule(context, guardrails?.input, {
    message: question.turns.slice(-1).map(textIn).join(""),
  });
  if (early !== undefined) return { violation: early };
  if (logRequests === true) log.info(`Asked:\n${linesOf(question)}`);
  const startedAt = context.now();
  const rounds = await runRounds(context, asking);
  const { reply } = rounds;
  const durationMs = context.now() - startedAt;
  if (logResponses === true) log.info(`Answered:\n${reply.text}`);
  tellOf(context, provider.modelName, reply);
  const late = await brokenRule(context, guardrails?.output, {
    response: reply.text,
    finishReason: reply.finishReason,
    inputTokenCount: reply.inputTokens ?? 0,
    outputTokenCount: reply.outputTokens ?? 0,
  });
  return late === undefined ? { ...rounds, durationMs } : { violation: late };
}

function linesOf({ system, turns }: Question): string {
  const told = system === undefined ? [] : [`system: ${system}`];
  return [...told, ...turns.map((turn) => `${turn.role}: ${textIn(turn)}`)].join("\n");
}

function tellOf(context: TaskContext<unknown>, modelName: string, reply: Reply): void {
  const { inputTokens, outputTokens, finishReason } = reply;
  countTokens(context, {
    "input.token.count": inputTokens,
    "output.token.count": outputTokens,
    "total.token.count": totalOf(reply),
  });
  const { log } = context;
  log.info(`${modelName} answered, finish reason: ${finishReason}`);
  if (finishReason === "CONTENT_FILTER")
    log.warn("The answer was held back: the model refused, or a filter stopped it.");
  if (finishReason === "LENGTH") log.warn("The answer is not complete: it reached the limit of tokens.");
}

export function usageOf(reply: Reply) {
  return {
    inputTokenCount: reply.inputTokens,
    outputTokenCount: reply.outputTokens,
    totalTokenCount: totalOf(reply),
  };
}

function totalOf({ inputTokens, outputTokens }: Reply): number | undefined {
  return inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens;
}

export const tokenUsage = () =>
  z.object({
    inputTokenCount: z.int().optional().describe("Tokens that were asked."),
    outputTokenCount: z.int().optional().describe("Tokens that were answered."),
    totalTokenCount: z.int().optional().describe("All of them."),
  });

export const finishReason = () => z.enum(["STOP", "LENGTH", "TOOL_EXECUTION", "CONTENT_FILTER", "OTHER"]);

/** Outputs that all tasks have which ask a model. */
export const answerOutputs = () => ({
  tokenUsage: tokenUsage().optional().describe("Tokens that it took."),
  finishReason: finishReason()
    .optional()
    .describe("Why it ended: STOP, LENGTH (too long), CONTENT_FILTER (held back), …"),
  guardrailViolated: z.boolean().describe("Whether a guardrail was broken; then there is no answer."),
  guardrailViolationMessage: z.string().optional().describe("The message of that guardrail."),
});

/** Those of an answer. */
export function outputsOf(reply: Reply) {
  return {
    tokenUsage: usageOf(reply),
    finishReason: reply.finishReason,
    guardrailViolated: false,
  };
}

/** Those of a broken rule. */
export function violationOutputs(message: string) {
  return { guardrailViolated: true, guardrailViolationMessage: message };
}

import { formatDuration, type TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { countTokens } from "../token-count.ts";
import { brokenRule, type Guardrails } from "./guardrails.ts";
import type { Provider } from "./provider.ts";
import { askProvider } from "./providers.ts";
import { type Question, type Reply, textIn } from "./question.ts";

/** How long an answer may take when the task has no `timeout`, in milliseconds. */
const ANSWER_MS_MAX = 120_000;
/** With one, that ends it first. */
const UNLIMITED_MS = 86_400_000;

export interface Asking {
  readonly provider: Provider;
  readonly guardrails?: Guardrails;
  readonly question: Question;
}

/** An answer; or what was told instead of one, because a rule was broken. */
export type Asked =
  | { readonly violation: string }
  | { readonly violation?: undefined; readonly reply: Reply; readonly durationMs: number };

/** Asks a model within its guardrails, counts its tokens, and says in the log how it ended. */
export async function ask(context: TaskContext<unknown>, { provider, guardrails, question }: Asking): Promise<Asked> {
  const { log, task } = context;
  const { logRequests, logResponses } = question.configuration;
  const early = await brokenRule(context, guardrails?.input, {
    message: question.turns.slice(-1).map(textIn).join(""),
  });
  if (early !== undefined) return { violation: early };
  if (logRequests === true) log.info(`Asked:\n${linesOf(question)}`);
  const startedAt = context.now();
  const waitMs = task.timeout === undefined ? ANSWER_MS_MAX : UNLIMITED_MS;
  const raise = `the task's \`timeout\` (${formatDuration(ANSWER_MS_MAX)} when it has none)`;
  const reply = await askProvider(context, provider, question, { waitMs, raise });
  const durationMs = context.now() - startedAt;
  if (logResponses === true) log.info(`Answered:\n${reply.text}`);
  tellOf(context, provider.modelName, reply);
  const late = await brokenRule(context, guardrails?.output, {
    response: reply.text,
    finishReason: reply.finishReason,
    inputTokenCount: reply.inputTokens ?? 0,
    outputTokenCount: reply.outputTokens ?? 0,
  });
  return late === undefined ? { reply, durationMs } : { violation: late };
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

function totalOf({ inputTokens, outputTokens }: Reply): number | undefined {
  return inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens;
}

/** Outputs that all tasks have which ask a model. */
export const answerOutputs = () => ({
  tokenUsage: z
    .object({
      inputTokenCount: z.int().optional().describe("Tokens that were asked."),
      outputTokenCount: z.int().optional().describe("Tokens that were answered."),
      totalTokenCount: z.int().optional().describe("All of them."),
    })
    .optional()
    .describe("Tokens that it took."),
  finishReason: z
    .enum(["STOP", "LENGTH", "TOOL_EXECUTION", "CONTENT_FILTER", "OTHER"])
    .optional()
    .describe("Why it ended: STOP, LENGTH (too long), CONTENT_FILTER (held back), …"),
  guardrailViolated: z.boolean().describe("Whether a guardrail was broken; then there is no answer."),
  guardrailViolationMessage: z.string().optional().describe("The message of that guardrail."),
});

/** Those of an answer. */
export function outputsOf(reply: Reply) {
  return {
    tokenUsage: {
      inputTokenCount: reply.inputTokens,
      outputTokenCount: reply.outputTokens,
      totalTokenCount: totalOf(reply),
    },
    finishReason: reply.finishReason,
    guardrailViolated: false,
  };
}

/** Those of a broken rule. */
export function violationOutputs(message: string) {
  return { guardrailViolated: true, guardrailViolationMessage: message };
}

import { dynamic, duration, listOrText } from "@capstan/sdk";
import { z } from "zod";

const REASONS = ["rateLimitExceeded", "jobBackendError", "backendError", "internalError", "jobInternalError"];
const MESSAGES = [
  "due to concurrent update",
  "Retrying the job may solve the problem",
  "Retrying may solve the problem",
];
/** If `retryAuto` says nothing else. */
const STANDARD = { firstMs: 5_000, maxMs: 60_000, factor: 2, attempts: 10, totalMs: 900_000 };

/** Which failures of a job start another one, and when. */
export const retryProperties = () => ({
  retryAuto: z
    .object({
      type: dynamic(z.enum(["constant", "exponential", "random"])).describe("How the waits follow each other."),
      interval: duration().optional().describe("The first wait. Default: PT5S."),
      minInterval: duration().optional().describe("The shortest wait, for `random`. Default: PT5S."),
      maxInterval: duration().optional().describe("The longest wait. Default: PT1M."),
      delayFactor: dynamic(z.number().min(1)).optional().describe("How much longer each wait is. Default: 2."),
      maxAttempts: dynamic(z.int().min(1)).optional().describe("Jobs at most. Default: 10."),
      maxAttempt: dynamic(z.int().min(1))
        .optional()
        .meta({ deprecated: true, description: "Older form of `maxAttempts`." }),
      maxDuration: duration().optional().describe("No further job starts after so long. Default: PT15M."),
    })
    .optional()
    .describe(
      "When another job is tried after one of `retryReasons` or `retryMessages`. Default: up to ten, with longer and longer waits.",
    ),
  retryReasons: listOrText()
    .default(REASONS)
    .describe(
      `Reasons of BigQuery that another job is tried for. Default: ${REASONS.map((reason) => `\`${reason}\``).join(", ")}.`,
    ),
  retryMessages: listOrText()
    .default(MESSAGES)
    .describe(
      `Parts of messages that another job is tried for. Default: ${MESSAGES.map((part) => `"${part}"`).join(", ")}.`,
    ),
});

export type RetryProperties = z.output<z.ZodObject<ReturnType<typeof retryProperties>>>;

export interface JobError {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * How long to wait before another job, in milliseconds; undefined where none is to be tried. `attempt` is that of the job that failed, from
 * 1; `elapsedMs` is since the first began.
 */
export function waitBeforeRetry(
  { retryAuto, retryReasons, retryMessages }: RetryProperties,
  error: JobError,
  { attempt, elapsedMs }: { readonly attempt: number; readonly elapsedMs: number },
): number | undefined {
  const message = error.message?.toLowerCase() ?? "";
  const isPassing =
    retryReasons.includes(error.reason ?? "") || retryMessages.some((part) => message.includes(part.toLowerCase()));
  const attempts = retryAuto?.maxAttempts ?? retryAuto?.maxAttempt ?? STANDARD.attempts;
  if (!isPassing || attempt >= attempts) return undefined;
  const firstMs = retryAuto?.interval ?? retryAuto?.minInterval ?? STANDARD.firstMs;
  const maxMs = Math.max(firstMs, retryAuto?.maxInterval ?? STANDARD.maxMs);
  const waitMs = {
    constant: () => firstMs,
    exponential: () => Math.min(maxMs, firstMs * (retryAuto?.delayFactor ?? STANDARD.factor) ** (attempt - 1)),
    random: () => firstMs + Math.random() * (maxMs - firstMs),
  }[retryAuto?.type ?? "exponential"]();
  return elapsedMs + waitMs > (retryAuto?.maxDuration ?? STANDARD.totalMs) ? undefined : waitMs;
}

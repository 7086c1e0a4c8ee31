import { delayMs } from "@capstan/engine";
import type { Retry } from "@capstan/model";

/**
 * How long to wait before a task of a WorkingDirectory is tried again, in milliseconds; undefined when it isn't. The policy
 * is the task's own or the one it inherits; one that asks for a new execution can't be followed inside a group.
 */
export function groupRetryDelay(
  retry: Retry | undefined,
  made: number,
  times: { readonly firstStartedAt: number; readonly now: number },
): number | undefined {
  if (retry === undefined || retry.behavior === "CREATE_NEW_EXECUTION") return undefined;
  if (retry.maxAttempts !== undefined && made >= retry.maxAttempts) return undefined;
  const delay = delayMs(retry, made, Math.random());
  const isTooLate = retry.maxDurationMs !== undefined && times.now + delay > times.firstStartedAt + retry.maxDurationMs;
  return isTooLate ? undefined : delay;
}

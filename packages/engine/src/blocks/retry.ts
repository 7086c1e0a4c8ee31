import type { Retry } from "@capstan/model";
import { environmentOf } from "../execution/scope.ts";
import type { LiveRun } from "../execution/live.ts";
import type { Turn } from "../turn.ts";

export interface NextRetry {
  readonly behavior: Retry["behavior"];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** When a failed attempt is tried again; nothing when there is no policy or its limits are reached. */
export function nextRetry(turn: Turn, run: LiveRun): NextRetry | undefined {
  const { retry } = run.node;
  if (retry === undefined) return undefined;
  const { now } = turn.context;
  const { attemptNumber, createdAt, retriesSince = createdAt } = turn.execution.fixed;
  const byExecution = retry.behavior === "CREATE_NEW_EXECUTION";
  const made = byExecution ? attemptNumber : Math.max(1, run.attempts.length);
  if (retry.maxAttempts !== undefined && made >= retry.maxAttempts) return undefined;
  const at = now + delayMs(retry, made, environmentOf(turn, run).random());
  const began = byExecution ? retriesSince : (run.attempts[0]?.history[0]?.date ?? now);
  if (retry.maxDurationMs !== undefined && at > began + retry.maxDurationMs) return undefined;
  return { behavior: retry.behavior, at };
}

/**
 * Delay before the attempt after `made` ones. As in Kestra, the exponential policy grows linearly and its first retry
 * is immediate. `random` is in [0, 1).
 */
export function delayMs(retry: Retry, made: number, random: number): number {
  switch (retry.type) {
    case "constant":
      return retry.intervalMs;
    case "exponential":
      return Math.min(retry.maxIntervalMs, retry.intervalMs * Math.trunc(retry.delayFactor) * (made - 1));
    case "random":
      return Math.floor(retry.minIntervalMs + random * (retry.maxIntervalMs - retry.minIntervalMs));
    default:
      return retry satisfies never;
  }
}

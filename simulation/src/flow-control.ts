import type { ExecutionRow } from "@capstan/engine";
import type { RuntimeOptions } from "@capstan/runtime";
import { createRandom, type Random } from "./random.ts";

/** What limits the executions of a world, beyond how many of the main flow run at once. */
export interface PlannedControl {
  /** More lines of the main flow. */
  readonly lines: readonly string[];
  /** Of the limit of the main flow. */
  readonly key: string | undefined;
  readonly quota: { readonly limit: number; readonly durationMs: number; readonly behavior: string } | undefined;
  /** How many starts the main flow takes together. */
  readonly batch: { readonly maxSize: number; readonly timeoutMs: number } | undefined;
  /** How many executions that nobody waits for may run at once in the namespace. */
  readonly namespaceLimit: number | undefined;
}

/** Tells calls of the webhook from other starts. */
const KEY = "{{ trigger is defined ? 'hook' : 'call' }}";
const MINUTE_MS = 60_000;

/** With `isFlaky`, also what makes the end of an execution depend on time. */
export function planControl(seed: number, isFlaky: boolean): PlannedControl {
  const random = createRandom(seed, "control");
  const lines: string[] = [];
  const quota = random.chance(0.12)
    ? { limit: 1 + random.below(2), durationMs: MINUTE_MS, behavior: behaviorOf(random, isFlaky) }
    : undefined;
  if (quota !== undefined) lines.push(`quotas: [{duration: PT1M, limit: ${quota.limit}, behavior: ${quota.behavior}}]`);
  const hasDebounce = isFlaky && random.chance(0.08);
  if (hasDebounce) lines.push(`debounce: {period: PT10S, maxWait: PT25S, key: "${KEY}"}`);
  if (random.chance(0.2)) lines.push(`priority: "{{ trigger is defined ? 1 : 0 }}"`);
  const key = random.chance(0.3) ? KEY : undefined;
  const namespaceLimit = random.chance(0.12) ? 1 + random.below(2) : undefined;
  const batch =
    isFlaky && !hasDebounce && random.chance(0.15)
      ? { maxSize: 2 + random.below(3), timeoutMs: random.pick([5_000, 20_000]) }
      : undefined;
  if (batch !== undefined)
    lines.push(`batch: {maxSize: ${batch.maxSize}, timeout: PT${batch.timeoutMs / 1_000}S, key: "${KEY}"}`);
  return { lines, quota, batch, key, namespaceLimit };
}

function behaviorOf(random: Random, isFlaky: boolean): string {
  return isFlaky ? random.pick(["QUEUE", "QUEUE", "CANCEL", "FAIL"]) : "QUEUE";
}

/** Which of those that a limit counts an execution is among. */
export function keyOf({ control }: ExecutionRow, key: string | undefined): string {
  return key === undefined ? "" : (control?.keys?.[key] ?? "");
}

/** The settings of the server of a world. */
export function policyOf(namespace: string, { namespaceLimit: limit }: PlannedControl): RuntimeOptions["flowControl"] {
  if (limit === undefined) return undefined;
  return { concurrency: [{ namespace, limit, behavior: "QUEUE" }], quotas: [], tasks: [] };
}

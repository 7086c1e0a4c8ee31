import type { OpenBatch } from "./batches.ts";
import { holdersOf, type Pool } from "./pools.ts";
import { endOf, type QuotaLine } from "./quota-windows.ts";
import type { LimitPlace } from "./rules.ts";

/** Executions that a state names of those that are next. */
export const NEXT_MAX = 10;

/** One limit at work: who has a place, and who waits. */
export interface QueueState {
  readonly kind: "CONCURRENCY" | "QUOTA" | "TASKS" | "BATCH";
  readonly where: Omit<LimitPlace, "tenant">;
  /** Of tasks: their type. */
  readonly taskType?: string;
  /** The text of the key. */
  readonly key?: string;
  /** Of a batch: how many starts it takes. Absent when nothing limits any more. */
  readonly limit?: number;
  /** How many have a place, or started in the window. */
  readonly running: number;
  /** Of a batch: the starts in it. */
  readonly waiting: number;
  /** Executions that have a place, those that came first; none for quotas. */
  readonly holders: readonly string[];
  /** Executions that come next, in order. */
  readonly next: readonly string[];
  /** Epoch milliseconds since when the first of them waits. */
  readonly since?: number;
  /** Of a quota: the length of its windows, and the end of this one in epoch milliseconds. Of a batch: its time, and when that is over. */
  readonly window?: { readonly durationMs: number; readonly endsAt: number };
}

export function poolState(pool: Pool): QueueState {
  const { limit, holders } = pool;
  return {
    kind: "CONCURRENCY",
    ...commonState(pool),
    ...(limit === undefined || limit === Infinity ? {} : { limit }),
    running: holders.size,
    holders: holdersOf(pool),
  };
}

export function lineState(line: QuotaLine): QueueState {
  return {
    kind: "QUOTA",
    ...commonState(line),
    limit: line.limit,
    running: line.count,
    holders: [],
    window: { durationMs: line.durationMs, endsAt: endOf(line) },
  };
}

export function batchState({ key: { id }, where: { tenant: _tenant, ...where }, ...open }: OpenBatch): QueueState {
  const { text: key, batch, size, since, until } = open;
  return {
    kind: "BATCH",
    where,
    ...(key === undefined ? {} : { key }),
    limit: batch.maxSize,
    running: 0,
    waiting: size,
    holders: [],
    next: [id],
    since,
    window: { durationMs: batch.timeoutMs, endsAt: until },
  };
}

function commonState({ where: { tenant: _tenant, ...where }, key, waiting }: Pool | QuotaLine) {
  const next = Array.from(Iterator.from(waiting.values()).take(NEXT_MAX), ({ execution }) => execution);
  const since = next[0]?.history.at(-1)?.date;
  return {
    where,
    ...(key === undefined ? {} : { key }),
    waiting: waiting.size,
    next: next.map(({ id }) => id),
    ...(since === undefined ? {} : { since }),
  };
}

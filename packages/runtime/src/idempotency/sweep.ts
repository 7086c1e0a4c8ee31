import type { IdempotencyKey, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** Keys that one commit removes at most. */
export const KEYS_PER_SWEEP_MAX = 500;
/** Least time between two sweeps, in milliseconds: what expires meanwhile goes together. */
const SWEEP_PAUSE_MS = 60_000;

export interface SweepParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A request that works with a key writes it anew when its time is over. */
  readonly isHeld: (key: IdempotencyKey) => boolean;
}

/** Removes keys whose time is over. Waits for one timer while there are keys, and for nothing where nobody sends any. */
export interface Sweep {
  /** A key may expire in so many milliseconds. */
  expectIn(delayMs: number): void;
  stop(): void;
}

export function createSweep({ store, clock, logger, isHeld }: SweepParts): Sweep {
  let cancel: (() => void) | undefined;
  /** What was said to expire after the sweep that is going on had begun. */
  let expectedInMs: number | undefined;
  let isStopped = false;
  const expectIn = (delayMs: number): void => {
    if (isStopped) return;
    expectedInMs ??= delayMs;
    cancel ??= clock.setTimer(clock.now() + delayMs, () => {
      expectedInMs = undefined;
      void sweepAndWait();
    });
  };
  const sweepAndWait = async (): Promise<void> => {
    const nextDelayMs = await sweep();
    cancel = undefined;
    const delayMs = nextDelayMs ?? expectedInMs;
    if (delayMs !== undefined) expectIn(delayMs);
  };
  /** Answers when to look again; undefined when no key is left. */
  const sweep = async (): Promise<number | undefined> => {
    try {
      for (;;) {
        const rows = await store.idempotencyKeys.expiring(KEYS_PER_SWEEP_MAX);
        const now = clock.now();
        const over = rows.filter(({ expiresAt }) => expiresAt <= now);
        // The commit of a request that takes one from now on comes after this one.
        const removed = over.filter((row) => !isHeld(row)).map(({ tenant, id }) => ({ tenant, id }));
        if (removed.length > 0) await store.commit({ removedIdempotencyKeys: removed });
        if (isStopped || rows.length === 0) return undefined;
        const next = rows[over.length];
        if (next !== undefined) return Math.max(SWEEP_PAUSE_MS, next.expiresAt - now);
        if (removed.length === 0) return SWEEP_PAUSE_MS;
      }
    } catch (error) {
      if (!isStopped) logger.warn({ err: error }, "expired idempotency keys can't be removed; it is tried again");
      return SWEEP_PAUSE_MS;
    }
  };
  return {
    expectIn,
    stop: () => {
      isStopped = true;
      cancel?.();
    },
  };
}

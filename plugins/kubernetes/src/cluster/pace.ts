import { setTimeout as sleep } from "node:timers/promises";

/** Lets calls through, some at once and then so many in a second, in the order of their coming: a token bucket. */
export interface Pace {
  /** Resolves when it is one's turn. Throws the signal's reason when it is aborted first. */
  next(signal: AbortSignal): Promise<void>;
}

export function createPace(perSecond: number, atOnce: number, now: () => number = Date.now): Pace {
  const intervalMs = 1_000 / perSecond;
  /** When the bucket would be full, had nobody come since. */
  let fullAt = 0;
  return {
    next: async (signal) => {
      signal.throwIfAborted();
      const time = now();
      fullAt = Math.max(fullAt, time) + intervalMs;
      const waitMs = fullAt - time - atOnce * intervalMs;
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    },
  };
}

import { isWorkerStop } from "@capstan/sdk";

/**
 * How an attempt is interrupted: by a kill, or by its own limit of time, whichever comes first. Tasks see an abort signal; one
 * that does not obey within the grace period is abandoned.
 */
export interface Interruption {
  readonly signal: AbortSignal;
  cause(): "kill" | "timeout" | undefined;
  /** Starts the limit of time. */
  limit(timeoutMs: number): void;
  /** Waits for the end of the attempt, or until it is abandoned. Rejects with what the attempt rejects with. */
  obeyed<T>(attempt: Promise<T>, graceMs: number): Promise<T | typeof ABANDONED>;
  /** Forgets the timers. */
  done(): void;
}

export const ABANDONED = Symbol("abandoned");

/** Longest time that a timer of the platform can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export function createInterruption(kill: AbortSignal): Interruption {
  const controller = new AbortController();
  let cause: ReturnType<Interruption["cause"]>;
  let limit: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  const interrupt = (reason: "kill" | "timeout") => {
    if (cause !== undefined) return;
    cause = reason;
    if (isWorkerStop(kill)) controller.abort(kill.reason);
    else controller.abort(new Error(reason === "kill" ? "the task was killed" : "the task ran out of time"));
  };
  const killed = () => interrupt("kill");
  if (kill.aborted) killed();
  kill.addEventListener("abort", killed, { once: true });
  return {
    signal: controller.signal,
    cause: () => cause,
    limit: (timeoutMs) => {
      limit ??= setTimeout(() => interrupt("timeout"), Math.min(Math.max(0, timeoutMs), TIMER_MS_MAX));
    },
    obeyed: async <T>(attempt: Promise<T>, graceMs: number) => {
      const abandoned = new Promise<typeof ABANDONED>((resolve) => {
        const countDown = () => {
          grace = setTimeout(() => resolve(ABANDONED), graceMs);
        };
        if (controller.signal.aborted) countDown();
        else controller.signal.addEventListener("abort", countDown, { once: true });
      });
      return Promise.race([attempt, abandoned]);
    },
    done: () => {
      clearTimeout(limit);
      clearTimeout(grace);
      kill.removeEventListener("abort", killed);
    },
  };
}

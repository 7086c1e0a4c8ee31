/** Time, so that tests and simulations can move it. */
export interface Clock {
  /** Epoch milliseconds, by the machine's clock, which may be set at any time. */
  readonly now: () => number;
  /** Milliseconds since some moment, never set back: what budgets of time are measured with. */
  readonly elapsedMs: () => number;
  /**
   * Calls back once, when `now()` has reached `atMs`, or when the time until then has passed though the clock was set back meanwhile: who waits
   * for a date looks at `now()`. Answers how to cancel that.
   */
  setTimer(atMs: number, callback: () => void): () => void;
  /** Calls back when what is going on now is over, before time passes. */
  defer(callback: () => void): void;
}

/** What a clock is made of. */
export interface TimeSource extends Pick<Clock, "now" | "elapsedMs"> {
  /** Calls back once, when so much time has passed; answers how to cancel that. */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
  /** As that of the clock. */
  readonly defer: (callback: () => void) => void;
}

/**
 * How often a timer looks at the date while it waits, in milliseconds. The platform's timers do not notice that the clock was set, or that
 * the machine slept.
 */
const LOOK_MS = 10_000;

export function createClock({ after, ...source }: TimeSource): Clock {
  const { now, elapsedMs } = source;
  return {
    ...source,
    setTimer: (atMs, callback) => {
      const end = elapsedMs() + atMs - now();
      let cancel: () => void;
      const wait = (leftMs: number) => {
        cancel = after(Math.min(Math.max(0, leftMs), LOOK_MS), look);
      };
      const look = () => {
        const leftMs = Math.min(atMs - now(), end - elapsedMs());
        if (leftMs > 0) wait(leftMs);
        else callback();
      };
      wait(atMs - now());
      return () => cancel();
    },
  };
}

export const systemClock: Clock = createClock({
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  defer: (callback) => {
    setImmediate(callback);
  },
});

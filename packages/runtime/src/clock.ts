/** Time, so that tests and simulations can move it. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds since some moment, never set back: what budgets of time are measured with. */
  readonly elapsedMs: () => number;
  /** Calls back once, when `now()` has reached `atMs`; answers how to cancel that. */
  setTimer(atMs: number, callback: () => void): () => void;
  /** Calls back when what is going on now is over, before time passes. */
  defer(callback: () => void): void;
}

/** Longest time that one timer of the platform can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimer: (atMs, callback) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const waitMs = Math.max(0, atMs - Date.now());
      timer = waitMs > TIMER_MS_MAX ? setTimeout(arm, TIMER_MS_MAX) : setTimeout(callback, waitMs);
    };
    arm();
    return () => clearTimeout(timer);
  },
  defer: (callback) => {
    setImmediate(callback);
  },
};

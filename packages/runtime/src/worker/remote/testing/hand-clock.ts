import type { Clock } from "../../../clock.ts";

/** A clock that only the test moves. */
export interface HandClock extends Clock {
  /** Moves on by so many milliseconds; timers that are due on the way call back in their order. */
  pass(milliseconds: number): void;
  /** The machine's clock is set ahead, or back; no time passes. */
  set(byMs: number): void;
  /** Nothing calls back for so many milliseconds, as in a process that stands still; then all that is due does. */
  standStill(milliseconds: number): void;
}

export function createHandClock(): HandClock {
  let passedMs = 0;
  let aheadMs = 1_000_000;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => passedMs + aheadMs,
    elapsedMs: () => passedMs,
    setTimer: (at, callback) => {
      const timer = { at: at - aheadMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    defer: (callback) => void setImmediate(callback),
    pass: (milliseconds) => {
      const until = passedMs + milliseconds;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        passedMs = Math.max(passedMs, due.at);
        due.callback();
      }
      passedMs = until;
    },
    set: (byMs) => {
      aheadMs += byMs;
    },
    standStill(milliseconds) {
      passedMs += milliseconds;
      this.pass(0);
    },
  };
}

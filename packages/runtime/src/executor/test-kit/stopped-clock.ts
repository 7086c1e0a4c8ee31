import { systemClock, type Clock } from "../../clock.ts";

/** A clock that stands still, whose timers the test fires. */
export function stoppedClock(now: number): Clock & { readonly pass: (ms: number) => void } {
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  let at = now;
  return {
    ...systemClock,
    now: () => at,
    setTimer: (due, callback) => {
      const timer = { at: due, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: (ms) => {
      at += ms;
      for (const timer of [...timers].filter((each) => each.at <= at)) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

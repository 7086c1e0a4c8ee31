import type { Clock } from "./clock.ts";

/** One timer of the platform for many dates: it rings at the earliest of those that it was told. */
export interface Alarm {
  /** Epoch milliseconds. Who has more dates tells the next one when it has rung. */
  set(at: number): void;
  readonly stop: () => void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let setTo = Infinity;
  let cancel: (() => void) | undefined;
  return {
    set: (at) => {
      if (at >= setTo) return;
      cancel?.();
      setTo = at;
      cancel = clock.setTimer(at, () => {
        setTo = Infinity;
        ring();
      });
    },
    stop: () => cancel?.(),
  };
}

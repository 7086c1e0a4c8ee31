import { DAY_MS } from "../../../days.ts";

/** Cares for partitions while a store is open. */
export interface PartitionKeeper {
  readonly stop: () => void;
}

export interface KeeperClock {
  readonly now: () => number;
  /** Calls back at a time; answers how to cancel that. */
  readonly setTimer: (at: number, callback: () => void) => () => void;
}

/** When what failed is tried again, in milliseconds. */
const RETRY_MS = 60_000;

/**
 * Does the work at once, then at the beginning of each day (UTC), and again after a minute when it fails: partitions are made days ahead, so
 * that nothing waits for it.
 */
export function keepPartitions(clock: KeeperClock, work: () => Promise<void>): PartitionKeeper {
  let cancel: (() => void) | undefined;
  let isStopped = false;
  const begin = (): void => {
    void work().then(
      () => wait((Math.floor(clock.now() / DAY_MS) + 1) * DAY_MS),
      () => wait(clock.now() + RETRY_MS),
    );
  };
  const wait = (until: number): void => {
    if (!isStopped) cancel = clock.setTimer(until, begin);
  };
  begin();
  return {
    stop: () => {
      isStopped = true;
      cancel?.();
    },
  };
}

/** Timers of the platform, which keep no process alive. */
export const KEEPER_CLOCK: KeeperClock = {
  now: () => Date.now(),
  setTimer: (at, callback) => {
    const timer = setTimeout(callback, Math.max(0, at - Date.now()));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Those who wait until nothing is going on. */
export interface IdleWaiters {
  /** Resolves as soon as nothing is going on, which may be at once. */
  readonly wait: () => Promise<void>;
  /** To be called whenever something has ended. */
  settle(): void;
}

export function createIdleWaiters(isIdle: () => boolean): IdleWaiters {
  let waiters: (() => void)[] = [];
  const settle = () => {
    if (!isIdle()) return;
    const released = waiters;
    waiters = [];
    for (const resolve of released) resolve();
  };
  return {
    wait: () =>
      new Promise<void>((resolve) => {
        waiters.push(resolve);
        settle();
      }),
    settle,
  };
}

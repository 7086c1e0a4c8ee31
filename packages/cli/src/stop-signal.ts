/** The wish to stop, by SIGINT or SIGTERM. A second SIGINT ends the process at once. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Resolves when the wish comes. */
  wait(): Promise<void>;
  /** Gives the signals back to Node. */
  release(): void;
}

export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const heard = (name: NodeJS.Signals) => {
    if (name === "SIGINT" && controller.signal.aborted) process.exit(130);
    controller.abort();
    resolve();
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  return {
    signal: controller.signal,
    wait: () => promise,
    release: () => {
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
    },
  };
}

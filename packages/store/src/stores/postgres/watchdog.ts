/** Notices that a connection fell silent: neither side of TCP says so before it has tried for a quarter of an hour. */
export interface Watchdog {
  /** An answer is awaited from now on; costs nothing but a look at the clock. */
  begin(): void;
  /** It came. */
  end(): void;
}

/** What a watchdog looks at. */
export interface Watched {
  /** How many bytes have crossed so far, both ways together. */
  traffic(): number;
  /** Whether the other side is still at work on what it was asked, as it says on another connection; rejects when it says nothing. */
  isAtWork(signal: AbortSignal): Promise<boolean>;
  /** The connection is lost: whoever waits for an answer is to hear it. */
  giveUp(): void;
}

/** A look at the traffic, another one, and the question on another connection share the time. */
const LOOKS = 3;

/**
 * Gives a connection up when for `silenceMsMax` an answer is awaited, nothing crosses, and the other side is not at work on it or
 * can't be asked. An answer that takes long, because a lock or a replica is waited for, is waited for.
 */
export function createWatchdog(watched: Watched, silenceMsMax: number): Watchdog {
  const periodMs = silenceMsMax / LOOKS;
  /** Counts what was awaited, so that a look that took long does not speak of something else. */
  let round = 0;
  let awaited = 0;
  let seen = 0;
  const look = async (): Promise<void> => {
    if (awaited === 0) return;
    const traffic = watched.traffic();
    if (traffic === seen) {
      const asking = round;
      const isAtWork = await watched.isAtWork(AbortSignal.timeout(periodMs)).catch(() => false); // Silence is an answer.
      if (awaited === 0 || round !== asking) return;
      if (!isAtWork && watched.traffic() === seen) return watched.giveUp();
    }
    seen = watched.traffic();
    timer.refresh();
  };
  const timer = setTimeout(() => void look(), periodMs).unref();
  return {
    begin: () => {
      round += 1;
      awaited += 1;
      seen = watched.traffic();
      timer.refresh();
    },
    end: () => (awaited -= 1),
  };
}

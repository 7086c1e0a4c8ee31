import type { Clock } from "../../clock.ts";

/** How long those may be silent that this process hears nothing of, in milliseconds. */
export interface Patience {
  readonly lostAfterMs: number;
  /** The same for members of this server's own kind. */
  readonly memberLostAfterMs?: number;
}

/** The time after a start in which nobody knows who is there. */
export interface Settling {
  start(): void;
  stop(): void;
  /** Who has not come yet does not come any more. */
  readonly isOver: boolean;
  /** The same of one worker. */
  isOverFor(workerId: string): boolean;
  /** The jobs that are going to be expected are these and no others. */
  awaits(keys: ReadonlySet<string>): void;
  /** Whether a job may turn out to be expected, for all that is known. */
  isToCome(key: string): boolean;
  /** One is expected by now. */
  hasCome(key: string): void;
}

/** Ids of servers that take jobs begin so: a row says of what kind the worker was, also where nobody remembers it. */
const MEMBER = "member:";

/** What a server is called among workers. */
export function workerIdOfMember(memberId: string): string {
  return `${MEMBER}${memberId}`;
}

/** `settled` is called when the time of members is over, and when that of all is. */
export function createSettling(clock: Clock, patience: Patience, settled: () => void): Settling {
  const { lostAfterMs, memberLostAfterMs = lostAfterMs } = patience;
  let elapsedMs = 0;
  let toCome: Set<string> | undefined;
  const cancels: (() => void)[] = [];
  const isOver = () => elapsedMs >= lostAfterMs;
  return {
    start: () => {
      for (const ms of [memberLostAfterMs, lostAfterMs])
        cancels.push(
          clock.setTimer(clock.now() + ms, () => {
            elapsedMs = Math.max(elapsedMs, ms);
            settled();
          }),
        );
    },
    stop: () => {
      for (const cancel of cancels.splice(0)) cancel();
    },
    get isOver() {
      return isOver();
    },
    isOverFor: (workerId) => elapsedMs >= (workerId.startsWith(MEMBER) ? memberLostAfterMs : lostAfterMs),
    awaits: (keys) => {
      toCome = new Set(keys);
    },
    isToCome: (key) => !isOver() && toCome?.has(key) !== false,
    hasCome: (key) => void toCome?.delete(key),
  };
}

import type { Store, TriggerRow, WakeRange } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { tellOfOutage } from "../executor/outage-log.ts";

/**
 * How far ahead triggers are in memory. What is due later stays in the store until its time comes near, so that neither a start
 * nor the memory of the scheduler depends on how many triggers there are.
 */
export interface Horizon {
  /** Begins with everything that is due by now or soon. */
  start(): void;
  stop(): void;
  /** Whether what is due then can wait in the store. */
  isBeyond(at: number): boolean;
  /** Something in the store is due then. */
  note(at: number): void;
  /** Resolves when everything within the horizon is in memory. */
  idle(): Promise<void>;
}

/** What is due within this time stays in memory, and is fetched so long before its time. */
const LEAD_MS = 120_000;
/** How much further is read at a time. */
const SPAN_MS = 240_000;
/** Rows that are read at a time, before other work gets its turn. */
const PAGE_ROWS = 250;
const RETRY_MS = 1_000;

export interface HorizonParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** `take` gets each row in the order of time; `since`: when the process started, for dates that passed before. */
export function createHorizon(
  parts: HorizonParts,
  take: (row: TriggerRow, since: number | undefined) => void,
): Horizon {
  const { clock } = parts;
  const state = { until: -1, next: Infinity, isLoading: false, isStopped: true };
  let disarm: (() => void) | undefined;
  let loaded: Promise<void> = Promise.resolve();

  const arm = () => {
    if (state.isLoading || state.isStopped || state.next === Infinity) return;
    const at = state.next - LEAD_MS;
    disarm?.();
    if (at <= clock.now()) extend(undefined);
    else disarm = clock.setTimer(at, () => extend(undefined));
  };

  const extend = (since: number | undefined) => {
    const after = state.until;
    const { next } = state;
    state.isLoading = true;
    // What is put off from here on within the new horizon stays in memory.
    state.until = Math.max(clock.now(), next === Infinity ? 0 : next) + SPAN_MS;
    state.next = Infinity;
    loaded = load({ after, until: state.until }, since);
  };

  const load = async (range: WakeRange, since: number | undefined) => {
    const next = await readRange(parts, range, {
      take: (row) => take(row, since),
      isStopped: () => state.isStopped,
      wait: (ms) =>
        new Promise<void>((resolve) => {
          disarm = clock.setTimer(clock.now() + ms, resolve);
        }),
    });
    state.next = Math.min(state.next, next);
    state.isLoading = false;
    arm();
  };

  return {
    start: () => {
      state.isStopped = false;
      extend(clock.now());
    },
    stop: () => {
      state.isStopped = true;
      disarm?.();
    },
    isBeyond: (at) => at > state.until && at > clock.now() + LEAD_MS,
    note: (at) => {
      if (at >= state.next) return;
      state.next = at;
      arm();
    },
    idle: async () => {
      while (state.isLoading && !state.isStopped) await loaded;
    },
  };
}

interface Reading {
  readonly take: (row: TriggerRow) => void;
  readonly isStopped: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
}

/** Reads the rows of a range in the order of time until it succeeds or is stopped; answers when the next one is due. */
async function readRange(
  { store, clock, logger }: HorizonParts,
  range: WakeRange,
  { take, isStopped, wait }: Reading,
): Promise<number> {
  let last: TriggerRow | undefined;
  while (!isStopped()) {
    try {
      const rows = await store.triggers.toWake(range, PAGE_ROWS, last);
      for (const row of rows) take(row);
      last = rows.at(-1);
      if (rows.length < PAGE_ROWS) return (await store.triggers.nextWake(range.until)) ?? Infinity;
      await new Promise<void>((resolve) => clock.defer(resolve));
    } catch (error) {
      tellOfOutage({ clock, logger }, error, "triggers that are due soon can't be read");
      await wait(RETRY_MS);
    }
  }
  return Infinity;
}

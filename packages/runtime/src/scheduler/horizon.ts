import type { Store, TriggerRow, WakeRange } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

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

/** `take` gets each row in the order of time; `since`: when the process started, for dates that passed before. */
export function createHorizon(
  { store, clock, logger }: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
  take: (row: TriggerRow, since: number | undefined) => void,
): Horizon {
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
    await read(range, since);
    state.isLoading = false;
    arm();
  };

  const read = async (range: WakeRange, since: number | undefined) => {
    let last: TriggerRow | undefined;
    while (!state.isStopped) {
      try {
        const rows = await store.triggers.toWake(range, PAGE_ROWS, last);
        for (const row of rows) take(row, since);
        last = rows.at(-1);
        if (rows.length === PAGE_ROWS) await pause();
        else {
          state.next = Math.min(state.next, (await store.triggers.nextWake(range.until)) ?? Infinity);
          return;
        }
      } catch (error) {
        logger.error({ err: error }, "triggers that are due soon can't be read");
        await new Promise<void>((resolve) => {
          disarm = clock.setTimer(clock.now() + RETRY_MS, resolve);
        });
      }
    }
  };
  const pause = () => new Promise<void>((resolve) => clock.defer(resolve));

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

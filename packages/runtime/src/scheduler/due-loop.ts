import type { Logger } from "pino";
import { createAlarm } from "../alarm.ts";
import type { Clock } from "../clock.ts";
import { createDueHeap } from "../due-heap.ts";
import { insist, type Insist } from "../executor/insist.ts";
import { createIdleWaiters } from "../idle-waiters.ts";
import type { TriggerEntry } from "./trigger-entry.ts";

/** Brings up triggers when they are due: one timer armed to the earliest of them, and a bound on how many are at work. */
export interface DueLoop {
  start(): void;
  /** Brings up nothing more; resolves when nothing is at work. */
  stop(): Promise<void>;
  readonly isStopped: boolean;
  /** When to bring up a trigger next, epoch milliseconds; undefined: not by the clock, or not from memory. */
  arm(entry: TriggerEntry, at: number | undefined): void;
  /** Does some work for a trigger now. A defect of ours in it stops that trigger until its flow changes, never the others. */
  begin(entry: TriggerEntry, work: () => Promise<void>): void;
  /** Does some other work; `facts` say in the log what it was for, should it fail by a defect. */
  run(facts: object, work: () => Promise<unknown>): void;
  /** Resolves when nothing is due and nothing at work. */
  idle(): Promise<void>;
}

/**
 * Triggers that are looked at or fired at the same time, at most: enough for two commits. Each is some twenty kilobytes until it is
 * durable, which every collection of the young copies.
 */
export const IN_FLIGHT_MAX = 128;
/**
 * Due triggers that are taken before other work gets its turn. Were all taken that may be at work, one commit would be waited for
 * before the next is made up.
 */
export const TAKEN_AT_ONCE = 32;

export interface DueLoopHandlers {
  readonly look: (entry: TriggerEntry) => Promise<void>;
  /** Nothing more is done with a trigger for now. */
  readonly rest: (entry: TriggerEntry) => void;
}

export function createDueLoop(clock: Clock, logger: Logger, { look, rest }: DueLoopHandlers): DueLoop {
  const heap = createDueHeap<TriggerEntry>();
  const state = { isStopped: true, isDraining: false };
  const patience = { clock, logger, isStopped: () => state.isStopped };
  const flight = createFlight(
    logger,
    (work) => insist(patience, work),
    () => {
      wake();
      waiters.settle();
    },
  );
  const isDue = () => !state.isStopped && (heap.earliest() ?? Infinity) <= clock.now();
  const waiters = createIdleWaiters(() => flight.count === 0 && !state.isDraining && !isDue());

  const drain = () => {
    state.isDraining = false;
    for (let taken = 0; taken < TAKEN_AT_ONCE && !state.isStopped && flight.count < IN_FLIGHT_MAX; taken += 1) {
      const entry = heap.take(clock.now());
      if (entry === undefined) break;
      entry.isArmed = false;
      entry.dueAt = undefined;
      begin(entry, () => look(entry));
    }
    // At the bound, the end of any work goes on.
    if (flight.count < IN_FLIGHT_MAX) wake();
    waiters.settle();
  };
  const alarm = createAlarm(clock, drain);

  const wake = () => {
    const at = heap.earliest();
    if (at === undefined || state.isStopped || state.isDraining) return;
    if (at > clock.now()) {
      alarm.set(at);
      return;
    }
    state.isDraining = true;
    clock.defer(drain);
  };

  const begin = (entry: TriggerEntry, work: () => Promise<void>) => {
    entry.users += 1;
    const ended = () => {
      entry.users -= 1;
      rest(entry);
    };
    // It is in use between two tries as well: forgotten then, it would be read anew, and looked at twice.
    flight.run(entry.key, work, ended);
  };

  return {
    start: () => {
      state.isStopped = false;
      wake();
    },
    stop: () => {
      state.isStopped = true;
      alarm.stop();
      return waiters.wait();
    },
    get isStopped() {
      return state.isStopped;
    },
    arm: (entry, at) => {
      entry.isArmed = at !== undefined;
      heap.set(entry, at);
      wake();
    },
    begin,
    run: (facts, work) => flight.run(facts, work),
    idle: waiters.wait,
  };
}

/** Work that goes on at the same time, counted; what the store refuses is done again, and a defect in one ends no other. */
function createFlight(logger: Logger, insistent: Insist, landed: () => void) {
  let count = 0;
  return {
    get count() {
      return count;
    },
    /** `ended` is called once, when nothing of it is tried any more. */
    run: (facts: object, work: () => Promise<unknown>, ended?: () => void) => {
      count += 1;
      const over = () => {
        ended?.();
        count -= 1;
        landed();
      };
      void insistent(work).then(over, (error: unknown) => {
        logger.error({ err: error, ...facts }, "a trigger stopped by a defect");
        over();
      });
    },
  };
}

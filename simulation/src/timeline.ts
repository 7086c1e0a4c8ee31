import { type Clock, createClock } from "@capstan/runtime";
import type { Random } from "./random.ts";

/** What is going to happen, in order of virtual time; of what happens at the same time, in the order it was planned. */
export interface Timeline {
  /** Epoch milliseconds, as the clock of the machine says. */
  readonly now: number;
  /** Milliseconds since the world began, whatever the clock says. */
  readonly passedMs: number;
  /** The latest date that the clock has shown, in epoch milliseconds. */
  readonly latest: number;
  /** Sets the clock ahead, or back. */
  setClock(byMs: number): void;
  /** Plans something; answers how to cancel it. What belongs to an `owner` can be dropped with it. */
  after(delayMs: number, happen: () => void, owner?: object): () => void;
  /** Forgets all that was planned for an owner. */
  drop(owner: object): void;
  /** Lets the next thing happen and all promises settle; answers whether there was one, when so much time had passed at the latest. */
  step(untilMs: number): Promise<boolean>;
  /** The clock of one process. */
  clockOf(owner: object): Clock;
}

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
  readonly owner: object | undefined;
}

/** `settled` resolves when every promise that can settle without time passing in the world has. */
export function createTimeline(startMs: number, random: Random, settled: () => Promise<void>): Timeline {
  let passedMs = 0;
  let aheadMs = startMs;
  let latest = startMs;
  let order = 0;
  let spentMs = 0;
  let planned: Planned[] = [];

  const after = (delayMs: number, happen: () => void, owner?: object) => {
    const entry = { at: passedMs + Math.max(0, delayMs), order: (order += 1), happen, owner };
    planned.push(entry);
    return () => {
      const position = planned.indexOf(entry);
      if (position !== -1) planned.splice(position, 1);
    };
  };
  const takeFirst = (until: number): Planned | undefined => {
    let first: Planned | undefined;
    for (const entry of planned) {
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order))
        first = entry;
    }
    if (first === undefined || first.at > until) return undefined;
    planned.splice(planned.indexOf(first), 1);
    return first;
  };
  return {
    get now() {
      return passedMs + aheadMs;
    },
    get passedMs() {
      return passedMs;
    },
    get latest() {
      return Math.max(latest, passedMs + aheadMs);
    },
    setClock: (byMs) => {
      latest = Math.max(latest, passedMs + aheadMs);
      aheadMs += byMs;
    },
    after,
    drop: (owner) => {
      planned = planned.filter((entry) => entry.owner !== owner);
    },
    step: async (until) => {
      let next = takeFirst(until);
      if (next === undefined) {
        // What was called just before may still be on its way to plan something.
        await settled();
        next = takeFirst(until);
      }
      if (next === undefined) return false;
      passedMs = next.at;
      next.happen();
      await settled();
      return true;
    },
    clockOf: (owner) => ({
      ...createClock({
        now: () => passedMs + aheadMs,
        elapsedMs: () => passedMs,
        after: (milliseconds, callback) => after(milliseconds, callback, owner),
        defer: (callback) => void after(0, callback, owner),
      }),
      // Budgets of time run out at any place, so that a slice can end after any event.
      elapsedMs: () => (spentMs += random.next() * 3),
    }),
  };
}

import { StoreError } from "@capstan/store";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createDueLoop, type DueLoopHandlers, IN_FLIGHT_MAX, TAKEN_AT_ONCE } from "./due-loop.ts";
import type { TriggerEntry } from "./trigger-entry.ts";

/** A loop whose pauses end at once. */
function setup(logged: string[] = [], handlers: Partial<DueLoopHandlers> = {}) {
  const clock = {
    ...systemClock,
    setTimer: (_at: number, callback: () => void) => systemClock.setTimer(systemClock.now(), callback),
  };
  const logger = pino({}, { write: (line) => void logged.push((JSON.parse(line) as { msg: string }).msg) });
  const loop = createDueLoop(clock, logger, { look: async () => undefined, rest: () => undefined, ...handlers });
  loop.start();
  return { loop, logged };
}

test("work that the store refuses is done once it does not", async () => {
  const { loop } = setup();
  let tries = 0;
  loop.run({}, async () => {
    tries += 1;
    if (tries < 3) throw new StoreError("store-unreachable", "the network is down");
  });
  await loop.idle();
  expect(tries).toBe(3);
});

test("a trigger is in use until its work is done, however often that is tried", async () => {
  const entry = { key: {}, users: 0 } as TriggerEntry;
  const rested: number[] = [];
  const { loop } = setup([], { rest: ({ users }) => void rested.push(users) });
  const used: number[] = [];
  loop.begin(entry, async () => {
    used.push(entry.users);
    if (used.length < 3) throw new StoreError("store-unreachable", "the network is down");
  });
  await loop.idle();
  expect({ used, rested }).toEqual({ used: [1, 1, 1], rested: [0] });
});

test("work that fails by a defect is not done again", async () => {
  const { loop, logged } = setup();
  let tries = 0;
  loop.run({}, async () => {
    tries += 1;
    throw new Error("a defect");
  });
  await loop.idle();
  expect({ tries, logged }).toEqual({ tries: 1, logged: ["a trigger stopped by a defect"] });
});

test("a loop that is stopped does not wait for a store that is away", async () => {
  const { loop } = setup();
  const asked = Promise.withResolvers<void>();
  loop.run({}, async () => {
    asked.resolve();
    throw new StoreError("store-unreachable", "the network is down");
  });
  await asked.promise;
  await loop.stop();
});

test("of many triggers that are due a few are taken at a time, and no more than may be at work", async () => {
  let looked = 0;
  const over = Promise.withResolvers<void>();
  const look = () => {
    looked += 1;
    return over.promise;
  };
  const { loop } = setup([], { look });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  for (let count = 0; count <= IN_FLIGHT_MAX; count += 1) loop.arm({ key: {}, users: 0 } as TriggerEntry, 0);
  const seen: number[] = [];
  for (let turns = 0; turns < 6; turns += 1) {
    await turn();
    seen.push(looked);
  }
  expect(seen.slice(0, 2)).toEqual([TAKEN_AT_ONCE, 2 * TAKEN_AT_ONCE]);
  expect(seen.slice(-2)).toEqual([IN_FLIGHT_MAX, IN_FLIGHT_MAX]);
  over.resolve();
  await loop.idle();
  expect(looked).toBe(IN_FLIGHT_MAX + 1);
});

import { createMemoryStore, StoreError } from "@capstan/store";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { commitInsisting } from "./insist.ts";

/** A store that refuses, and a clock whose timers the test fires. */
function setup() {
  const asked = { commits: 0 };
  const timers: (() => void)[] = [];
  const full = new StoreError("store-full", "the disk is full");
  const commit = (): Promise<void> => {
    asked.commits += 1;
    return Promise.reject(full);
  };
  const setTimer = (_at: number, callback: () => void) => {
    timers.push(callback);
    return () => undefined;
  };
  const executor = { isStopped: false };
  const store = { ...createMemoryStore(), commit };
  const parts = { store, clock: { ...systemClock, setTimer }, logger: pino({ level: "silent" }), executor };
  const turns = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  };
  return { asked, timers, executor, full, turns, committed: commitInsisting(parts, {}) };
}

test("a refused commit is tried again, but not by a process that stops", async () => {
  const { asked, timers, executor, full, turns, committed } = setup();
  const outcome = committed.catch((error: unknown) => error);
  await turns();
  timers.shift()!();
  await turns();
  expect(asked.commits).toBe(2);
  executor.isStopped = true;
  timers.shift()!();
  expect(await outcome).toBe(full);
  expect(asked.commits).toBe(2);
});

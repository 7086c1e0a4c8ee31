import { createMemoryStore, type TriggerRow } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Clock } from "../clock.ts";
import { createHorizon } from "./horizon.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

const row = (triggerId: string, wakeAt: number): TriggerRow => ({
  tenant: "main",
  namespace: "company",
  flowId: "flow",
  triggerId,
  type: "io.kestra.plugin.core.trigger.Schedule",
  disabled: false,
  wakeAt,
  nextDate: wakeAt,
  updatedAt: 0,
});

/** A horizon over a store with rows, and a clock that the test moves. */
async function setup(...rows: readonly TriggerRow[]) {
  let now = START;
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    now: () => now,
    elapsedMs: () => 0,
    setTimer: (at, callback) => {
      timers.set(callback, at);
      return () => timers.delete(callback);
    },
    defer: (callback) => void setImmediate(callback),
  };
  const store = createMemoryStore();
  await store.start();
  await store.commit({ triggers: rows });
  const taken: string[] = [];
  const horizon = createHorizon({ store, clock, logger: pino({ level: "silent" }) }, ({ triggerId }, since) => {
    taken.push(since === undefined ? triggerId : `${triggerId} at the start`);
  });
  onTestFinished(() => horizon.stop());
  const pass = async (minutes: number) => {
    now += minutes * MINUTE;
    for (const [callback, at] of timers) {
      if (at > now) continue;
      timers.delete(callback);
      callback();
    }
    await horizon.idle();
  };
  return { store, horizon, taken, pass, timers };
}

test("what is due by now or soon is read at the start, the rest when its time comes near", async () => {
  const rows = [
    row("late", START + 60 * MINUTE),
    row("listens", 0),
    row("past", START - 1),
    row("soon", START + MINUTE),
  ];
  const { horizon, taken, pass, timers } = await setup(...rows);
  horizon.start();
  await horizon.idle();
  expect(taken).toEqual(["listens at the start", "past at the start", "soon at the start"]);
  expect([...timers.values()]).toEqual([START + 58 * MINUTE]);
  await pass(57);
  expect(taken).toHaveLength(3);
  await pass(1);
  expect(taken.slice(3)).toEqual(["late"]);
  expect(timers.size).toBe(0);
});

test("what is put off later on is read in its time", async () => {
  const { horizon, store, taken, pass } = await setup();
  horizon.start();
  await horizon.idle();
  expect(horizon.isBeyond(START + MINUTE)).toBe(false);
  expect(horizon.isBeyond(START + 30 * MINUTE)).toBe(true);
  await store.commit({ triggers: [row("later", START + 30 * MINUTE), row("last", START + 90 * MINUTE)] });
  horizon.note(START + 90 * MINUTE);
  horizon.note(START + 30 * MINUTE);
  await pass(28);
  expect(taken).toEqual(["later"]);
  expect(horizon.isBeyond(START + 30 * MINUTE)).toBe(false);
  await pass(60);
  expect(taken).toEqual(["later", "last"]);
});

test("any number is read in pages, each once", async () => {
  const rows = Array.from({ length: 501 }, (_, number) => row(`t${number}`, START + (number % 7)));
  const { horizon, taken } = await setup(...rows);
  horizon.start();
  await horizon.idle();
  expect(taken).toHaveLength(501);
  expect(new Set(taken).size).toBe(501);
});

test("a store that does not answer is asked again", async () => {
  const { horizon, store, taken, pass } = await setup(row("soon", START + MINUTE));
  const toWake = vi.spyOn(store.triggers, "toWake").mockRejectedValueOnce(new Error("away"));
  horizon.start();
  await vi.waitFor(() => expect(toWake).toHaveBeenCalledTimes(1));
  await new Promise((resolve) => setImmediate(resolve));
  await pass(1);
  expect(taken).toEqual(["soon at the start"]);
});

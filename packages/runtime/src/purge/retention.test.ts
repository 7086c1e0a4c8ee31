import type { ExecutionRow } from "@capstan/engine";
import { createMemoryStorage } from "@capstan/storage";
import { createMemoryStore, leastIdAt, type Store } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import type { Clock } from "../clock.ts";
import { createRuntime } from "../runtime.ts";
import { idleWorker } from "../worker/test-kit/idle-worker.ts";
import plugin from "../worker/test-kit/misbehaving-plugin.ts";
import type { RetentionPolicy } from "./retention-policy.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 26, 15);

function createClock() {
  let now = NOW;
  const timers = new Map<number, () => void>();
  const clock: Clock = {
    now: () => now,
    elapsedMs: () => now,
    setTimer: (at, callback) => {
      timers.set(at, callback);
      return () => void timers.delete(at);
    },
    defer: (callback) => void setImmediate(callback),
  };
  const ring = async (at: number): Promise<void> => {
    await expect.poll(() => timers.has(at)).toBe(true);
    const callback = timers.get(at)!;
    timers.delete(at);
    now = at;
    callback();
  };
  return { clock, ring, timers };
}

/** It ended an hour after it was made. */
function ended(time: number, changes: Partial<ExecutionRow> = {}): ExecutionRow {
  const id = `${leastIdAt(time)}${"0".repeat(13)}`;
  const history = [
    { state: "CREATED", date: time },
    { state: "SUCCESS", date: time + HOUR_MS },
  ] as const;
  const of = { tenant: "main", namespace: "company", flowId: "nightly", flowRevision: 1, kind: "NORMAL" } as const;
  const rest = { labels: [], inputs: {}, variables: {}, originalId: id, attemptNumber: 1, createdAt: time };
  return { ...of, ...rest, id, state: "SUCCESS", history, ...changes };
}

async function setup(
  policy: Omit<RetentionPolicy, "tenants">,
  rows: readonly ExecutionRow[],
  change?: (store: Store) => Store,
) {
  const memory = createMemoryStore();
  await memory.start();
  await memory.commit({ executions: rows });
  const { clock, ring, timers } = createClock();
  const runtime = createRuntime({
    store: change?.(memory) ?? memory,
    storage: createMemoryStorage(),
    plugins: [plugin],
    createWorker: () => idleWorker,
    logger: pino({ level: "silent" }),
    clock,
    retention: { tenants: ["main"], ...policy },
  });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  const left = async () => {
    const { rows: found } = await memory.executions.search({ tenant: "main" }, { offset: 0, limit: 100 });
    return found.map(({ id }) => id).toSorted();
  };
  return { runtime, memory, ring, timers, left };
}

const idsOf = (rows: readonly ExecutionRow[]): readonly string[] => rows.map(({ id }) => id);

test("days that have expired go at a start, and those after them at the beginning of each day", async () => {
  const rows = [21, 22, 23, 24].map((day) => ended(Date.UTC(2026, 10, day, 12)));
  const { ring, left } = await setup({ executionsMs: 3 * DAY_MS, rules: [] }, rows);
  await expect.poll(left).toEqual(idsOf(rows.slice(2)));
  await ring(Date.UTC(2026, 10, 27));
  await expect.poll(left).toEqual(idsOf(rows.slice(3)));
});

test("a day of which one execution ended later is kept until that has expired too, and two days at most", async () => {
  const later = ended(Date.UTC(2026, 10, 20, 23, 30));
  const paused = ended(Date.UTC(2026, 10, 21, 9), { state: "PAUSED" });
  const rows = [ended(Date.UTC(2026, 10, 20, 9)), later, paused, ended(Date.UTC(2026, 10, 21, 10))];
  const { ring, left } = await setup({ executionsMs: 5 * DAY_MS, rules: [] }, rows);
  await ring(Date.UTC(2026, 10, 27));
  await expect.poll(left).toEqual(idsOf(rows.slice(2)));
  await ring(Date.UTC(2026, 10, 28));
  await ring(Date.UTC(2026, 10, 29));
  await expect.poll(left).toEqual([paused.id]);
});

test("lines are kept as long as is said for them, and their executions stay", async () => {
  const row = ended(Date.UTC(2026, 10, 20));
  const of = { tenant: "main", namespace: "company", flowId: "nightly", executionId: row.id };
  const { memory, left, ring } = await setup({ executionsMs: Infinity, logsMs: DAY_MS, rules: [] }, [row]);
  const line = (time: number) => ({ time, level: "INFO", message: "x" }) as const;
  await memory.commit({
    logs: [
      { ...of, lines: [line(Date.UTC(2026, 10, 20))] },
      { ...of, lines: [line(NOW)] },
    ],
  });
  await ring(Date.UTC(2026, 10, 27));
  const count = async () => (await memory.logs.search({ tenant: "main" }, { offset: 0, limit: 0 })).total;
  await expect.poll(count).toBe(1);
  expect(await left()).toEqual([row.id]);
});

test("what fails is tried again ten minutes later", async () => {
  let fails = true;
  const row = ended(Date.UTC(2026, 10, 20));
  const { ring, left } = await setup({ executionsMs: DAY_MS, rules: [] }, [row], (store) => ({
    ...store,
    expiry: {
      ...store.expiry,
      spans: async () => {
        if (fails) throw new Error("the database is away");
        return store.expiry.spans();
      },
    },
  }));
  fails = true;
  await expect.poll(left).toEqual([row.id]);
  fails = false;
  await ring(NOW + 600_000);
  await expect.poll(left).toEqual([]);
});

test("a runtime that stops leaves no timer behind", async () => {
  const { runtime, timers, ring } = await setup({ executionsMs: DAY_MS, rules: [] }, []);
  await ring(Date.UTC(2026, 10, 27));
  await expect.poll(() => timers.size).toBe(1);
  await runtime.stop();
  expect(timers.size).toBe(0);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { giveBackWhenIdle, HEAP_MAX, IDLE_MS } from "./give-back.ts";

let activeMs = 0;
let heapBytes = 0;
const collect = vi.fn<() => void>();

beforeEach(() => {
  vi.useFakeTimers();
  [activeMs, heapBytes] = [500, 12_000_000];
  collect.mockClear();
  giveBackWhenIdle({ activeMs: () => activeMs, heapBytes: () => heapBytes, collect });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass in which the process works for this share of it; answers how often it has given back so far. */
function pass(share: number): number {
  activeMs += share * IDLE_MS;
  vi.advanceTimersByTime(IDLE_MS);
  return collect.mock.calls.length;
}

test("memory is given back once after the start, whatever that took", () => {
  expect([pass(0.001), pass(0), pass(0)]).toEqual([1, 1, 1]);
});

test("it is given back after each time of work, when the process has become idle", () => {
  expect([pass(0.5), pass(0.06), pass(0.03), pass(0.019), pass(0)]).toEqual([0, 0, 0, 1, 1]);
  expect([pass(0.06), pass(0.001), pass(0.001)]).toEqual([1, 2, 2]);
});

test("probes are neither work nor anything to give back after", () => {
  expect([pass(0.019), pass(0.019), pass(0.04), pass(0)]).toEqual([1, 1, 1, 1]);
});

test("not where the pause would be long, and once it is not any more", () => {
  heapBytes = HEAP_MAX + 1;
  expect([pass(0), pass(0)]).toEqual([0, 0]);
  heapBytes = HEAP_MAX;
  expect(pass(0)).toBe(1);
});

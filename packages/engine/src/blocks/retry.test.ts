import { describe, expect, test } from "vitest";
import type { Retry } from "@capstan/model";
import { delayMs } from "./retry.ts";

const rest = { behavior: "RETRY_FAILED_TASK", warningOnRetry: false } as const;
const exponential = (delayFactor: number): Retry => ({
  ...rest,
  type: "exponential",
  intervalMs: 1000,
  maxIntervalMs: 5000,
  delayFactor,
});

/** Delays before the second, third, … attempt. */
const delays = (retry: Retry) => [1, 2, 3, 4, 5].map((made) => delayMs(retry, made, 0));

describe("the delay before the next attempt", () => {
  test("of an exponential policy grows linearly up to its maximum, after a first retry at once", () => {
    expect(delays(exponential(2))).toEqual([0, 2000, 4000, 5000, 5000]);
  });

  test("takes the whole part of the factor", () => {
    expect(delays(exponential(1.9))).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  test("of a random policy lies between its bounds, the upper one left out", () => {
    const retry: Retry = { ...rest, type: "random", minIntervalMs: 1000, maxIntervalMs: 3000 };
    expect([0, 0.5, 0.9999].map((random) => delayMs(retry, 1, random))).toEqual([1000, 2000, 2999]);
  });
});

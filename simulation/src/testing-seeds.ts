import { describe, expect, test } from "vitest";
import { checkSeed, describeFailure } from "./seeds.ts";

const SEEDS_PER_TEST = 50;
/** Such a test takes about a second; this is for machines that do much else. */
const TIMEOUT_MS = 180_000;

/** Registers tests that play these worlds; a failure says how to replay its seed. */
export function testSeeds(first: number, last: number): void {
  describe(`worlds ${first} to ${last}`, () => {
    for (let from = first; from <= last; from += SEEDS_PER_TEST) {
      const to = Math.min(last, from + SEEDS_PER_TEST - 1);
      test(`every invariant holds in the seeds ${from} to ${to}`, { timeout: TIMEOUT_MS }, async () => {
        for (let seed = from; seed <= to; seed += 1) {
          const result = await checkSeed(seed);
          if (result.violations.length > 0) expect.fail(describeFailure(result, { whole: false }));
        }
      });
    }
  });
}

import { describe, expect, test } from "vitest";
import type { StoreName } from "./arguments.ts";
import type { Database } from "./databases/database.ts";
import { checkSeed, describeFailure } from "./seeds.ts";

/** Where worlds keep their rows, and how many share a test. */
interface Place {
  readonly store: StoreName;
  /** That of `beforeAll`; SQLite in memory by default. */
  readonly database?: () => Database;
}

const SEEDS_PER_TEST: Readonly<Record<StoreName, number>> = { sqlite: 50, postgres: 4 };
/** Such a test takes about a second; this is for machines that do much else. */
const TIMEOUT_MS = 180_000;

/** Registers tests that play these worlds; a failure says how to replay its seed. */
export function testSeeds(first: number, last: number, { store, database }: Place = { store: "sqlite" }): void {
  describe(`worlds ${first} to ${last} on ${store}`, () => {
    const seedsPerTest = SEEDS_PER_TEST[store];
    for (let from = first; from <= last; from += seedsPerTest) {
      const to = Math.min(last, from + seedsPerTest - 1);
      test(`every invariant holds in the seeds ${from} to ${to}`, { timeout: TIMEOUT_MS }, async () => {
        for (let seed = from; seed <= to; seed += 1) {
          const result = await checkSeed(seed, database === undefined ? {} : { database: database() });
          if (result.violations.length > 0) expect.fail(describeFailure(result, { whole: false, store }));
        }
      });
    }
  });
}

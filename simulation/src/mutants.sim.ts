import { describe, expect, test } from "vitest";
import { MUTANTS } from "./mutants/mutants.ts";
import { runWorld } from "./run-world.ts";

/** The pipeline plays many more: a mistake that none of these shows has little to hide behind. */
const SEEDS_MAX = 400;
/** A few seconds are usual; this is for machines that do much else. */
const TIMEOUT_MS = 180_000;

describe("a runtime that is broken on purpose", () => {
  test.for(MUTANTS)("is caught: $name", { timeout: TIMEOUT_MS }, async (mutant) => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS_MAX && !seen.has(mutant.breaks); seed += 1) {
      const { violations } = await runWorld(seed, { faults: true, mutant });
      for (const { invariant } of violations) seen.add(invariant);
    }
    expect([...seen]).toContain(mutant.breaks);
  });
});

import { expect, test } from "vitest";
import { runWorld } from "./run-world.ts";
import { testSeeds } from "./testing-seeds.ts";

testSeeds(1_501, 3_000);

/** Mistakes that no seed of the range shows; these do when one makes them again. */
const FOUND_BY_SEED = {
  "a date was lost: the row of a schedule moved on before the end which moved it was durable": [
    7_569, 9_306, 10_606, 12_832,
  ],
  "who did not wait for its child waited for the end of that child once it was stopped": [9_819],
  "a timer that fired twice began the round of a LoopUntil twice": [5_365],
  "a kill was expected to decide how an execution ends that an SLA was stopping already": [18_848],
  "an end that came while executions were brought back was not seen by the flow that watches": [24_325],
  "what a pause had kept back was never decided after a crash": [4_418],
};
for (const seeds of Object.values(FOUND_BY_SEED)) for (const seed of seeds) testSeeds(seed, seed);

test("the same seed gives the same world", { timeout: 180_000 }, async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const first = await runWorld(seed, { faults: true });
    const again = await runWorld(seed, { faults: true });
    expect(again.trace, `seed ${seed}`).toEqual(first.trace);
  }
});

import { expect, test } from "vitest";
import { runWorld } from "./run-world.ts";
import { testSeeds } from "./testing-seeds.ts";

testSeeds(1_501, 3_000);

test("the same seed gives the same world", { timeout: 180_000 }, async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const first = await runWorld(seed, { faults: true });
    const again = await runWorld(seed, { faults: true });
    expect(again.trace, `seed ${seed}`).toEqual(first.trace);
  }
});

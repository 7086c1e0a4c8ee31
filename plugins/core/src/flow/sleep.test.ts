import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { sleep } from "./sleep.ts";

test("waits for the duration", async () => {
  await using world = createTestWorld();
  const start = performance.now();
  expect((await world.run(sleep, { duration: "PT0.05S" })).state).toBe("SUCCESS");
  expect(world.logs.map(({ message }) => message)).toEqual(["Waiting for PT0.05S"]);
  expect(performance.now() - start).toBeGreaterThan(45);
});

test("ends at once when it is killed", async () => {
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  const ended = world.run(sleep, { duration: "P365D" });
  kill.abort();
  expect(await ended).toMatchObject({ state: "FAILED" });
});

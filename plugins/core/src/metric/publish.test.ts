import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { publish } from "./publish.ts";

test("counters, gauges and timers are published, timers in milliseconds", async () => {
  await using world = createTestWorld({ variables: { rows: 12, table: "orders" } });
  const outcome = await world.run(publish, {
    metrics: [
      { type: "counter", name: "rows", value: "{{ rows }}", tags: { table: "{{ table }}" } },
      { type: "gauge", name: "load", value: 0.5 },
      { type: "timer", name: "took", value: "PT2.5S" },
      { type: "timer", name: "waited", value: 3 },
    ],
  });
  expect(outcome.state).toBe("SUCCESS");
  expect(world.metrics).toEqual([
    { type: "counter", name: "rows", value: 12, tags: { table: "orders" } },
    { type: "gauge", name: "load", value: 0.5 },
    { type: "timer", name: "took", value: 2_500 },
    { type: "timer", name: "waited", value: 3_000 },
  ]);
});

test("a value that is no number is refused with its place", async () => {
  await using world = createTestWorld({ variables: { rows: "many" } });
  const outcome = await world.run(publish, { metrics: [{ type: "counter", name: "rows", value: "{{ rows }}" }] });
  expect(outcome.message).toContain('Property `metrics[0].value`: expected a number, but got "many"');
});

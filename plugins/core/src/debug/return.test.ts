import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { returnTask } from "./return.ts";

test("the rendered text is the output, always as text", async () => {
  await using world = createTestWorld({ variables: { count: 3 } });
  expect((await world.run(returnTask, { format: "{{ count }}" })).outputs).toEqual({ value: "3" });
  expect(world.metrics).toMatchObject([
    { name: "length", type: "counter", value: 1 },
    { name: "duration", type: "timer" },
  ]);
});

test("without a format there is no value", async () => {
  await using world = createTestWorld();
  expect((await world.run(returnTask, {})).outputs).toEqual({});
});

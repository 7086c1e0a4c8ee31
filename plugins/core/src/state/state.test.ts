import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { deleteState } from "./delete.ts";
import { getState } from "./get.ts";
import { setState } from "./set.ts";

test("values are merged into the state, and rendered strings stay text", async () => {
  await using world = createTestWorld({ variables: { next: 2 } });
  expect((await world.run(setState, { data: { a: 1, b: "x" } })).outputs).toEqual({
    count: 2,
    key: "my-flow_states_tasks-states_default",
  });
  await world.run(setState, { data: { a: "{{ next }}" } });
  expect((await world.run(getState, {})).outputs).toEqual({ count: 2, data: { a: "2", b: "x" } });
});

test("each value of a loop has its own state, unless they share it", async () => {
  await using one = createTestWorld({ identity: { value: "1" } });
  const keyOf = async (properties: Record<string, boolean>) => (await one.run(setState, properties)).outputs?.["key"];
  expect(await keyOf({})).toMatch(/^my-flow_states_tasks-states_default_[0-9a-f]{16}$/);
  expect(await keyOf({ taskrunValue: false })).toBe("my-flow_states_tasks-states_default");
  expect(await keyOf({ taskrunValue: false, namespace: true })).toBe("states_tasks-states_default");
});

test("a missing state fails only if asked to", async () => {
  await using world = createTestWorld();
  expect((await world.run(getState, { name: "n" })).outputs).toEqual({ count: 0, data: {} });
  expect((await world.run(getState, { name: "n", errorOnMissing: true })).message).toContain('no state "n"');
  expect((await world.run(deleteState, { name: "n", errorOnMissing: true })).state).toBe("FAILED");
  await world.run(setState, { name: "n", data: { a: 1 } });
  expect((await world.run(deleteState, { name: "n" })).outputs).toEqual({ deleted: true });
});

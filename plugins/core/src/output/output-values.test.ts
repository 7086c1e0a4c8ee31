import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { outputValues } from "./output-values.ts";

test("strings are rendered to text, other values are kept", async () => {
  await using world = createTestWorld({ variables: { count: 3, map: { a: 1 } } });
  const values = { text: "{{ count }}", map: "{{ map }}", number: 5, list: [true, "{{ count }}"], none: null };
  expect((await world.run(outputValues, { values })).outputs).toEqual({
    values: { text: "3", map: '{"a":1}', number: 5, list: [true, "3"], none: null },
  });
});

test("the whole map may come from an expression", async () => {
  await using world = createTestWorld({ variables: { map: { a: [1] } } });
  expect((await world.run(outputValues, { values: "{{ map }}" })).outputs).toEqual({ values: { a: [1] } });
});

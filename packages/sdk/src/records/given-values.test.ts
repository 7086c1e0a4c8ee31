import { expect, test } from "vitest";
import { createTestWorld } from "../test-kit.ts";
import { givenValues } from "./given-values.ts";

test.each<[unknown, unknown]>([
  [
    ["a", 1, { b: 2 }],
    ["a", 1, { b: 2 }],
  ],
  ["a text", ["a text"]],
  [{ a: 1 }, [{ a: 1 }]],
  [' ["a", {"b": 2}]', ["a", { b: 2 }]],
  ["[no list", ["[no list"]],
  ['{"a": 1}', ['{"a": 1}']],
  [[], []],
  ["kestra:///rows.ion", [{ a: 1 }, "text"]],
  [" kestra:///rows.ion\n", [{ a: 1 }, "text"]],
])("of %j", async (given, values) => {
  await using world = createTestWorld();
  world.files.seed("kestra:///rows.ion", '{"a":1}\n"text"\n');
  expect(await Array.fromAsync(givenValues(given, world.files))).toEqual(values);
});

test("a file that is not there is told", async () => {
  await using world = createTestWorld();
  await expect(Array.fromAsync(givenValues("kestra:///lost.ion", world.files))).rejects.toThrow("lost.ion");
});

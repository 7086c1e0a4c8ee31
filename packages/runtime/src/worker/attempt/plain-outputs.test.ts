import { expect, test } from "vitest";
import { plainOutputs } from "./plain-outputs.ts";

test.each([
  { name: "null stays, undefined is left out", given: { a: null, b: undefined }, outputs: { a: null } },
  { name: "dates become text", given: { a: new Date(0) }, outputs: { a: "1970-01-01T00:00:00.000Z" } },
  {
    name: "whole numbers of any size are kept",
    given: { a: 5n, b: 2n ** 64n },
    outputs: { a: 5, b: "18446744073709551616" },
  },
  {
    name: "maps and sets become JSON",
    given: { a: new Map([["k", 1]]), b: new Set([1]) },
    outputs: { a: { k: 1 }, b: [1] },
  },
  { name: "nothing stays nothing", given: undefined, outputs: undefined },
  { name: "a list is no outputs", given: [1], outputs: undefined },
])("$name", ({ given, outputs }) => {
  expect(plainOutputs(given)).toEqual({ outputs });
});

test("outputs of exactly the limit are kept, larger ones are refused with their size", () => {
  expect(plainOutputs({ a: "x" }, 9)).toEqual({ outputs: { a: "x" } });
  expect(plainOutputs({ a: "x" }, 8)).toEqual({
    error: expect.stringContaining("too large: 9 characters of JSON, with a limit of 8"),
  });
});

test("outputs that contain themselves are refused", () => {
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  expect(plainOutputs(loop)).toEqual({ error: expect.stringContaining("can't be written as JSON") });
});

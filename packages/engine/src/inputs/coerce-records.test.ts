import { scopeOf } from "@capstan/expression";
import type { Input } from "@capstan/model";
import { describe, expect, test } from "vitest";
import { resolveInputs } from "./resolve-inputs.ts";

const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };
const field = (id: string, type: Input["type"], more: Partial<Input> = {}): Input => ({
  id,
  type,
  writtenType: type,
  required: true,
  ...more,
});
const FIELDS = [
  field("zip", "INT", { min: 1 }),
  field("since", "DATE", { required: false }),
  field("kind", "SELECT", { values: ["a", "b"], required: true }),
];

/** The value of the input, or why there is none. */
function resolve(input: Input, given: unknown): unknown {
  const context = { scope: scopeOf({}), environment, source: "api" } as const;
  const resolved = resolveInputs([input], given === undefined ? {} : { [input.id]: given }, context);
  return "violations" in resolved ? resolved.violations[0]!.message : resolved.values[input.id];
}

describe("an OBJECT", () => {
  const object = field("o", "OBJECT", { properties: FIELDS });

  test.each([
    [
      { zip: "12", since: "2024-01-01", kind: "a" },
      { zip: 12, since: "2024-01-01", kind: "a" },
    ],
    ['{"kind": "b", "zip": 3}', { zip: 3, since: null, kind: "b" }],
  ])("%j is taken, each field by its type", (given, expected) => {
    expect(resolve(object, given)).toEqual(expected);
  });

  test.each([
    [{ zip: "x", kind: "a" }, "its `zip`: Expected `INT` but received `x`"],
    [{ zip: 0, kind: "a" }, "its `zip`: it must be more than `1`"],
    [{ zip: 1, kind: "c" }, "its `kind`: it must match the values `[a, b]`"],
    [{ kind: "a" }, "its `zip`: missing required input"],
    [{ zip: 1, kind: "a", zap: 2 }, "it has no `zap`, only `zip`, `since`, `kind`"],
    ["text", "Expected `OBJECT` but received `text`"],
    [[1], "Expected `OBJECT` but received `[1]`"],
  ])("%j is refused", (given, reason) => {
    expect(resolve(object, given)).toContain(`Invalid input for \`o\`, ${reason}`);
  });

  test("that is not given is null, or its default", () => {
    expect(resolve({ ...object, required: false }, undefined)).toBeNull();
    expect(resolve({ ...object, defaults: { zip: 7, kind: "a" } }, undefined)).toMatchObject({ zip: 7 });
  });
});

describe("a TABLE", () => {
  const table = field("t", "TABLE", { columns: FIELDS, rows: { min: 1, max: 2 } });
  const row = { zip: 1, kind: "a" };

  test("has rows whose fields have their types", () => {
    expect(resolve(table, JSON.stringify([row, { ...row, zip: "2" }]))).toEqual([
      { zip: 1, since: null, kind: "a" },
      { zip: 2, since: null, kind: "a" },
    ]);
  });

  test.each([
    [[row, { kind: "a" }], "row 2: its `zip`: missing required input"],
    [[], "it must have at least `1` rows"],
    [[row, row, row], "it must have at most `2` rows"],
    [[1], "Expected `TABLE` but received `[1]`"],
    [row, "Expected `TABLE` but received"],
  ])("%j is refused", (given, reason) => {
    expect(resolve(table, given)).toContain(`Invalid input for \`t\`, ${reason}`);
  });
});

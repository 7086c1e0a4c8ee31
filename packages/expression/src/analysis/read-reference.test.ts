import { describe, expect, test } from "vitest";
import { LazyMap, scopeOf } from "../scope.ts";
import { Suspension } from "../suspension.ts";
import { withFloats } from "../values/float-places.ts";
import { analyse } from "./analyse.ts";
import { readReference } from "./read-reference.ts";

class Waiting extends LazyMap {
  override get(): unknown {
    throw new Suspension(Promise.resolve());
  }
  override keys(): Iterable<string> {
    return ["later"];
  }
}

const scope = scopeOf({
  inputs: { name: "Ada", rows: [{ id: 7 }, { id: 8 }], on: false, none: null },
  outputs: { "my-task": { value: "x" } },
  lazy: new Waiting(),
  ...withFloats({ rate: 1 }, [["rate"]]),
});
const read = (source: string) => analyse(source).references.map((reference) => readReference(reference, scope));

describe("a reference", () => {
  test.each([
    ["{{ inputs.name }}", { path: "inputs.name", kind: "text", text: "Ada" }],
    ["{{ inputs.on }}", { path: "inputs.on", kind: "plain", text: "false" }],
    ["{{ rate }}", { path: "rate", kind: "plain", text: "1.0" }],
    ["{{ inputs.none }}", { path: "inputs.none", kind: "plain", text: "null" }],
    ["{{ inputs.rows[1].id }}", { path: "inputs.rows.1.id", kind: "plain", text: "8" }],
    ["{{ inputs.rows }}", { path: "inputs.rows", kind: "size", text: "a list of 2" }],
    ["{{ outputs }}", { path: "outputs", kind: "size", text: "a map of 1" }],
    ["{{ outputs['my-task'].value }}", { path: "outputs.my-task.value", kind: "text", text: "x" }],
    ["{{ inputs.other.deep }}", { path: "inputs.other.deep", kind: "size", text: "not defined" }],
  ])("of %s leads to its value", (source, expected) => {
    expect(read(source)).toEqual([expected]);
  });

  test("leads as far as its keys are known", () => {
    expect(read("{{ outputs[inputs.name].value }}")).toEqual([
      { path: "inputs.name", kind: "text", text: "Ada" },
      { path: "outputs", kind: "size", text: "a map of 1" },
    ]);
  });

  test("to what has to be waited for is left out", () => {
    expect(read("{{ lazy.later }}")).toEqual([undefined]);
  });
});

import { compile } from "@capstan/expression";
import { instantText } from "@capstan/model";
import { expect, it } from "vitest";
import { addOutputs, addState, createOutputIndex } from "./outputs.ts";
import { labelMap } from "./label-map.ts";
import { scopeFor } from "./scope.ts";
import { flowOf, play, scenario } from "../testing/scenario.ts";

const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };
const NAMES = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"];

it.each(NAMES)("%s is no variable, whatever objects of the platform are called", (name) => {
  const { live } = scenario(flowOf("- { id: a, type: task }"));
  const scope = scopeFor({ ...live, inputs: { x: 1 } }, undefined, {}, {});
  for (const path of [name, `flow.${name}`, `outputs.${name}`, `tasks.${name}`, `labels.${name}`, `inputs.${name}`]) {
    expect(() => compile(`{{ ${path} }}`).render(scope, environment)).toThrow(`Unable to find \`${name}\``);
  }
});

it("a flow without inputs has no variable `inputs`, and an expression that reads one says so", () => {
  const { live } = scenario(flowOf("- { id: a, type: task }"));
  const render = (source: string) => compile(source).render(scopeFor(live, undefined, {}), environment);
  expect(() => render("{{ inputs.x }}")).toThrow("Unable to find `inputs` used in the expression `{{ inputs.x }}`");
  expect(render("{{ inputs.x ?? 'none' }} {{ inputs is defined }}")).toBe("none false");
});

it("outputs and states of loops have no keys but those of their values", () => {
  const index = createOutputIndex();
  addOutputs(index, "each", ["a"], { value: 1 });
  addState(index, "each", "__proto__", "SUCCESS");
  for (const name of NAMES) {
    expect((index.outputs.get("each") as Map<string, unknown>).get(name)).toBeUndefined();
  }
  expect(Object.keys(index.tasks.get("each") as object)).toEqual(["__proto__"]);
});

it("labels nest by their dots and change nothing but their map", () => {
  const labels = labelMap([
    { key: "system.correlationId", value: "x" },
    { key: "__proto__.polluted", value: "y" },
    { key: "constructor.prototype.polluted", value: "z" },
  ]);
  expect(labels["system"]).toEqual({ correlationId: "x" });
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});

it("an execution has an end date once it has ended", () => {
  const world = play(scenario(flowOf("- { id: a, type: task }")), "start → a SUBMITTED");
  const shown = (source: string) => compile(source).render(scopeFor(world.live, undefined, {}), environment);
  expect(shown("{{ execution.endDate is defined }} {{ execution | keys }}")).not.toMatch(/true|endDate/u);
  world.now += 7;
  play(world, "a ends SUCCESS → flow SUCCESS");
  expect(shown("{{ execution.endDate }}")).toBe(instantText(world.now));
  expect(shown("{{ execution | keys }}")).toContain("endDate");
});

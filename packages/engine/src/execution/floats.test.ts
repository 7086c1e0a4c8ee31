import { compile } from "@capstan/expression";
import { expect, test } from "vitest";
import { scopeFor } from "./scope.ts";
import { flowOf, play, scenario } from "../testing/scenario.ts";

test("floats are floats again after the process was lost", () => {
  const subflow = "- {id: s, type: io.kestra.plugin.core.flow.Subflow, namespace: n, flowId: f}\n- {id: a, type: task}";
  const world = play(scenario(flowOf(subflow, "inputs: [{id: f, type: FLOAT}]"), { f: 10 }), "start → s RUNNING");
  const { executionId } = world.find("s").memory as { executionId: string };
  const end = { executionId, state: "SUCCESS", outputs: { half: 5 }, floats: [["half"]] } as const;
  world.send({ type: "child-ended", run: world.find("s").index, end });
  play(world, "crash → a SUBMITTED");
  const seen = scopeFor(world.live, undefined, {});
  const environment = { now: () => 0, random: () => 0, timeZone: "UTC" };
  expect(compile("{{ inputs.f }} {{ outputs.s.outputs.half / 2 }}").render(seen, environment)).toBe("10.0 2.5");
});

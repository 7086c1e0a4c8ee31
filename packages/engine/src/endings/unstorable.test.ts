import { expect, test } from "vitest";
import { restoreLive } from "../recovery/recover.ts";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";

/** The store refuses what happened since its last commit: the execution is as its rows say, and is told so. */
function refuse(world: Scenario, isLast = false): Scenario {
  world.effects.length = 0;
  world.live = restoreLive(world.live.plan, world.row, rows(world));
  world.send({ type: "unstorable", reason: "too large", isLast });
  return world;
}
const effects = (world: Scenario) => world.effects.map(({ type }) => type);

const BOTH = flowOf(
  `- {id: both, type: ${FLOW}.Parallel, tasks: [{id: a, type: task}, {id: b, type: task}]}`,
  "errors: [{id: e, type: task}]\nafterExecution: [{id: z, type: task}]\noutputs: [{id: o, type: STRING, value: '{{ outputs.a }}'}]",
);

test("what the store refuses fails all that is open at once; only what comes after the end runs", () => {
  const world = play(scenario(BOTH), "start → a SUBMITTED, b SUBMITTED");
  play(world, "b starts → b RUNNING");
  play(refuse(world), "→ a FAILED, b FAILED, both FAILED, no e, z SUBMITTED, flow FAILED");
  expect(world.row).toMatchObject({ error: "too large" });
  expect(world.row.outputs).toBeUndefined();
  expect(effects(world).filter((type) => type === "kill-task")).toHaveLength(2);
  play(world, "a ends SUCCESS → a FAILED, flow FAILED");
  play(world, "z ends SUCCESS → z SUCCESS, flow FAILED");
  expect(effects(world)).toContain("settled");
});

test("an execution that can't be failed with what comes after its end is failed without it", () => {
  const world = play(scenario(BOTH), "start → a SUBMITTED");
  play(refuse(world, true), "→ both FAILED, no z, flow FAILED");
  expect(effects(world)).toContain("settled");
});

test("after the end, what runs then ends, and the state of the execution stays", () => {
  const world = play(
    scenario(flowOf("- {id: a, type: task}", "afterExecution: [{id: z, type: task}]")),
    "start → a SUBMITTED",
  );
  play(world, "a ends SUCCESS → z SUBMITTED, flow SUCCESS");
  play(refuse(world), "→ z FAILED, flow SUCCESS");
  expect(effects(world)).toEqual(expect.arrayContaining(["kill-task", "settled"]));
});

test("one that is being killed is killed", () => {
  const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
  play(world, "kill → a KILLING");
  play(refuse(world), "→ a KILLED, flow KILLED");
});

test("children that are waited for are killed", () => {
  const subflow = `- {id: s, type: ${FLOW}.Subflow, namespace: company.team, flowId: other}`;
  const world = play(scenario(flowOf(subflow)), "start → s RUNNING");
  play(refuse(world), "→ s FAILED, flow FAILED");
  expect(world.children("kill-child")).toHaveLength(1);
});

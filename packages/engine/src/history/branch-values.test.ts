import { describe, expect, test } from "vitest";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";
import { BRANCHES_READ_MAX } from "./branch-values.ts";
import { historyOf } from "./history.ts";

const RETURN = "type: task";
const IF = "type: io.kestra.plugin.core.flow.If";
const ends = (world: Scenario, run: number, value: string) =>
  world.send({ type: "task-ended", run, outcome: { state: "SUCCESS", outputs: { value } } });

/** What each branch was chosen by, by the id of the task and the value of its loop. */
function branches(world: Scenario, globals: Readonly<Record<string, unknown>> = {}) {
  const entries = historyOf(world.row, rows(world), world.live.plan, globals);
  return entries.flatMap(({ taskRun, why }) =>
    why?.code !== "branch" ? [] : [[taskRun?.value ?? taskRun?.taskId, why.condition?.result, why.condition?.values]],
  );
}

test("an If tells what its condition read, a Switch what its value read", () => {
  const flow = flowOf(
    `- {id: a, ${RETURN}}
- id: i
  ${IF}
  condition: "{{ outputs.a.value == inputs.wanted and (envs.region ?? '') == 'us' }}"
  then:
    - id: s
      type: io.kestra.plugin.core.flow.Switch
      value: "{{ parent.outputs.evaluationResult ? trigger.kind ?? 'none' : '' }}"
      cases: {none: [{id: b, ${RETURN}}]}`,
    "inputs: [{id: wanted, type: STRING}]",
  );
  const world = play(scenario(flow, { wanted: "x" }), "start → a SUBMITTED");
  ends(world, 0, "x");
  const condition = { "outputs.a.value": '"x"', "inputs.wanted": '"x"', "envs.region": "not defined" };
  expect(branches(world)).toEqual([["i", "false", condition]]);
  expect(branches(world, { envs: { region: "eu" } })[0]).toEqual([
    "i",
    "false",
    { ...condition, "envs.region": '"eu"' },
  ]);
});

test("a Switch within an If sees what the If put out", () => {
  const flow = flowOf(`- id: i
  ${IF}
  condition: "{{ true }}"
  then:
    - id: s
      type: io.kestra.plugin.core.flow.Switch
      value: "{{ parent.outputs.evaluationResult }}"
      cases: {"true": [{id: b, ${RETURN}}]}`);
  const world = play(scenario(flow), "start → b SUBMITTED");
  expect(branches(world)).toEqual([
    ["i", "true", undefined],
    ["s", "true", { "parent.outputs.evaluationResult": "true" }],
  ]);
});

test("what came later was not read: outputs, states, and the end of the execution", () => {
  const flow = flowOf(
    `- {id: a, ${RETURN}}
- id: i
  ${IF}
  condition: "{{ outputs.later.value is defined or (tasks.later.state ?? '') == 'SUCCESS' or execution.state == 'RUNNING' }}"
  then: [{id: later, ${RETURN}}]`,
  );
  const world = play(scenario(flow), "start → a SUBMITTED");
  world.now += 1;
  ends(world, 0, "x");
  world.now += 1;
  ends(world, 2, "y");
  play(world, "→ flow SUCCESS");
  expect(branches(world)).toEqual([
    [
      "i",
      "true",
      { "outputs.later.value": "not defined", "tasks.later.state": "not defined", "execution.state": '"RUNNING"' },
    ],
  ]);
});

test("each iteration tells its own values", () => {
  const flow = flowOf(`- id: each
  type: io.kestra.plugin.core.flow.ForEach
  values: [x, y]
  concurrencyLimit: 0
  tasks:
    - {id: a, ${RETURN}}
    - {id: i, ${IF}, condition: "{{ outputs.a[taskrun.value].value == taskrun.value }}", then: [{id: b, ${RETURN}}]}`);
  const world = play(scenario(flow), "start → a@x SUBMITTED");
  world.now += 1;
  ends(world, world.find("a@y").index, "wrong");
  world.now += 1;
  ends(world, world.find("a@x").index, "x");
  expect(branches(world)).toEqual([
    ["y", "false", { "taskrun.value": '"y"', "outputs.a": "a map of 1" }],
    ["x", "true", { "taskrun.value": '"x"', "outputs.a": "a map of 2" }],
  ]);
});

describe("what may have been another is left out", () => {
  const read = (world: Scenario) => branches(world).map(([, , values]) => values);
  const asks = (id: string) =>
    `- {id: ${id}, ${IF}, condition: "{{ vars.n == 1 and labels.l is defined }}", then: [{id: of-${id}, ${RETURN}}]}`;

  test("variables and labels that a task changed since", () => {
    const flow = flowOf(
      `${asks("before")}
- {id: v, type: io.kestra.plugin.core.execution.SetVariables, variables: {n: 2}, overwrite: true}
${asks("between")}
- {id: l, type: io.kestra.plugin.core.execution.Labels, labels: {l: new}}
${asks("after")}
- {id: a, ${RETURN}}`,
      "variables: {n: 0}",
    );
    const n = { "vars.n": "2" };
    expect(read(play(scenario(flow), "start → a SUBMITTED"))).toEqual([undefined, n, { ...n, "labels.l": '"new"' }]);
  });

  test("labels that somebody changed since", () => {
    const flow = flowOf(`${asks("before")}\n- {id: a, ${RETURN}}`, "variables: {n: 1}\nlabels: {l: old}");
    const world = play(scenario(flow), "start → a SUBMITTED");
    const n = { "vars.n": "1" };
    expect(read(world)).toEqual([{ ...n, "labels.l": "not defined" }]);
    const labels = [{ key: "l", value: "new" }];
    world.row = { ...world.row, labels, notes: [{ at: world.now, code: "labelled" }] };
    expect(read(world)).toEqual([n]);
  });
});

test("secrets are hidden, also where the condition itself asks for one", () => {
  const flow = flowOf(
    `- {id: i, ${IF}, condition: "{{ inputs.key == 'x' or vars.copy == 'x' }}", then: [{id: b, ${RETURN}}]}
- {id: j, ${IF}, condition: "{{ false and inputs.given == secret('KEY') }}", then: [{id: c, ${RETURN}}]}
- {id: a, ${RETURN}}`,
    "inputs: [{id: key, type: SECRET}, {id: given, type: STRING}]\nvariables: {copy: 'is hunter2'}",
  );
  const world = play(scenario(flow, { key: "hunter2", given: "hunter3" }), "start → a SUBMITTED");
  expect(branches(world).map(([, , values]) => values)).toEqual([
    { "inputs.key": "******", "vars.copy": '"is ******"' },
    { "inputs.given": "******" },
  ]);
});

test("of more branches than are told, the newest are", () => {
  const values = JSON.stringify(Array.from({ length: BRANCHES_READ_MAX + 1 }, (_, index) => String(index)));
  const flow = flowOf(`- id: each
  type: io.kestra.plugin.core.flow.ForEach
  values: ${values}
  tasks: [{id: i, ${IF}, condition: "{{ taskrun.value == '' }}", then: [{id: b, ${RETURN}}]}]
- {id: a, ${RETURN}}`);
  const told = branches(play(scenario(flow), "start → a SUBMITTED"));
  expect(told).toHaveLength(BRANCHES_READ_MAX + 1);
  expect(told.filter(([, , read]) => read === undefined)).toEqual([["0", "false", undefined]]);
});

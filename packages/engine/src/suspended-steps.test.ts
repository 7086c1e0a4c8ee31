import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "./testing/scenario.ts";

/** Brings the values that were asked for until no more are; answers how many there were. */
async function bring(world: Scenario): Promise<number> {
  let brought = 0;
  for (;;) {
    const index = world.effects.findIndex(({ type }) => type === "await");
    if (index === -1) return brought;
    if (brought === 20) throw new Error("there is no end of what is asked for");
    const [effect] = world.effects.splice(index, 1);
    if (effect?.type !== "await") continue;
    await effect.ready;
    brought += 1;
    world.send({ type: "available", suspension: effect.suspension });
  }
}

const TASK = "- {id: a, type: task}";
const started = (rest: string) => play(scenario(flowOf(TASK, rest)), "start → a SUBMITTED");
const END = "a ends SUCCESS → a SUCCESS";

test("what is waited for is the same when time and chance have their say in it", async () => {
  const world = play(
    scenario(
      flowOf(`- id: i
  type: io.kestra.plugin.core.flow.If
  condition: "{{ later(uuid() ~ now()) is not empty }}"
  then: [{id: a, type: task}]`),
    ),
    "start → i RUNNING, no a",
  );
  world.now += 1000;
  expect(await bring(world)).toBe(1);
  expect(world.states()).toEqual({ i: "RUNNING", a: "SUBMITTED" });
});

describe("a task that edits its own execution", () => {
  const FLOW = flowOf(`- id: l
  type: io.kestra.plugin.core.execution.Labels
  labels: {l: "{{ later('x') }}"}
- id: v
  type: io.kestra.plugin.core.execution.SetVariables
  variables: {v: "{{ later('y') }}"}
- id: e
  type: io.kestra.plugin.core.execution.Exit
  state: "{{ later('WARNING') }}"`);

  test("does so once its values are there", async () => {
    const world = play(scenario(FLOW), "start → l RUNNING, no v");
    await bring(world);
    expect(world.states()).toEqual({ l: "SUCCESS", v: "SUCCESS", e: "WARNING" });
    expect(world.row).toMatchObject({ state: "WARNING", labels: [{ key: "l", value: "x" }], variables: { v: "y" } });
    expect(world.find("v").attempts).toHaveLength(1);
  });

  test("asks for them again when the process was lost meanwhile", async () => {
    const world = play(scenario(FLOW), "start → l RUNNING");
    world.effects.length = 0;
    play(world, "crash → l RUNNING, no v");
    await bring(world);
    expect(world.row).toMatchObject({ state: "WARNING", labels: [{ key: "l", value: "x" }] });
    expect(world.find("l").attempts).toHaveLength(1);
  });
});

describe("expressions of an execution that have to wait", () => {
  test("give its outputs once their values are there", async () => {
    const text = "{{ later('b') }}{{ later('c') }}{{ later('b') }}";
    const world = play(started(`outputs: [{id: o, type: STRING, value: "${text}"}]`), `${END}, flow RUNNING`);
    expect(await bring(world)).toBe(2);
    expect(world.row).toMatchObject({ state: "SUCCESS", outputs: { o: "bcb" } });
  });

  test("are asked for again when the process was lost meanwhile, and when somebody kills it", async () => {
    const outputs = `outputs: [{id: o, type: STRING, value: "{{ later('b') }}"}]`;
    const lost = play(started(outputs), `${END}, flow RUNNING`);
    lost.effects.length = 0;
    play(lost, "crash → a SUCCESS, flow RUNNING");
    await bring(lost);
    expect(lost.row).toMatchObject({ state: "SUCCESS", outputs: { o: "b" } });
    const killed = play(started(outputs), `${END}, flow RUNNING`);
    killed.send({ type: "kill" });
    await bring(killed);
    expect(killed.row.state).toBe("KILLED");
  });

  test("are asked for once for each look at an assertion", async () => {
    const world = started(`sla: [{id: s, type: EXECUTION_ASSERTION, assert: "{{ later(true) }}", behavior: FAIL}]`);
    expect(await bring(world)).toBe(1);
    play(world, `${END}, flow SUCCESS`);
  });

  test("stop it where an assertion does not hold, once that is known", async () => {
    const world = started(`sla: [{id: s, type: EXECUTION_ASSERTION, assert: "{{ later(false) }}", behavior: CANCEL}]`);
    await bring(world);
    expect(world.states()).toEqual({ a: "KILLING" });
  });

  test("let what runs after the end begin", async () => {
    const condition = `{type: io.kestra.plugin.core.condition.Expression, expression: "{{ later(true) }}"}`;
    const world = started(`listeners: [{conditions: [${condition}], tasks: [{id: l, type: task}]}]`);
    play(world, `${END}, flow SUCCESS, no l`);
    await bring(world);
    expect(world.find("l").state).toBe("SUBMITTED");
  });
});

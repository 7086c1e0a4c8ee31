import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";
const parallel = (policy: string, more = "") =>
  flowOf(`- id: p
  type: ${FLOW}.Parallel${policy === "" ? "" : `\n  onChildFailure: ${policy}`}
  tasks:
    - {id: a, type: task}
    - {id: s, type: ${FLOW}.Sequential, tasks: [{id: b, type: task}]}${more}`);
const dag = (policy: string) =>
  flowOf(`- id: p
  type: ${FLOW}.Dag${policy === "" ? "" : `\n  onChildFailure: ${policy}`}
  tasks:
    - {task: {id: a, type: task}}
    - {task: {id: s, type: ${FLOW}.Sequential, tasks: [{id: b, type: task}]}}`);
const ERRORS = "\n  errors: [{id: e, type: task}]";

/** Tasks whose workers are to stop. */
function interrupted(world: Scenario): readonly string[] {
  return world.effects.flatMap((effect) => (effect.type === "kill-task" ? [effect.run.node.id] : []));
}

describe("a task that fails beside others", () => {
  test.each([
    ["a Parallel", parallel(""), "FAILED", ["b"]],
    ["a Parallel", parallel("FAIL"), "FAILED", ["b"]],
    ["a Parallel", parallel("\"{{ 'cancel' }}\""), "CANCELLED", ["b"]],
    ["a Parallel", parallel("CONTINUE"), "FAILED", []],
    ["a Dag", dag(""), "FAILED", ["b"]],
    ["a Dag", dag("CANCEL"), "CANCELLED", ["b"]],
    ["a Dag", dag("CONTINUE"), "FAILED", []],
  ])("ends %s at once (%#)", (_what, flow, state, stopped) => {
    const world = play(scenario(flow), "start → a SUBMITTED, b SUBMITTED");
    play(world, `a ends FAILED → p FAILED, s ${state}, b ${state}, flow FAILED`);
    expect(interrupted(world)).toEqual(stopped);
  });

  test("stops them before the errors of their flowable begin, and says why", () => {
    const world = play(scenario(parallel("", ERRORS)), "start → a SUBMITTED, b SUBMITTED");
    play(world, "a ends FAILED → e SUBMITTED, s FAILED, b FAILED, p RUNNING");
    expect(interrupted(world)).toEqual(["b"]);
    const told = world.effects.flatMap((effect) =>
      effect.type === "log" ? [[effect.run?.node.id, effect.message]] : [],
    );
    expect(told).toEqual([["b", "It was stopped: task `a` failed"]]);
    play(world, "crash → e SUBMITTED, b FAILED\ne ends SUCCESS → p FAILED, flow FAILED");
  });

  test("lets them go on beside the errors, and records how they end, until those are through", () => {
    const world = play(scenario(parallel("CONTINUE", ERRORS)), "start → a SUBMITTED, b SUBMITTED");
    play(
      world,
      `a ends FAILED  → e SUBMITTED, b SUBMITTED
       b ends SUCCESS → s SUCCESS, p RUNNING
       e ends SUCCESS → p FAILED, flow FAILED`,
    );
  });

  test("that has another attempt stops nothing", () => {
    const retry = "retry: {type: constant, interval: PT1S, maxAttempts: 2}";
    const flow = flowOf(`- id: p
  type: ${FLOW}.Parallel
  tasks: [{id: a, type: task, ${retry}}, {id: b, type: task}]`);
    play(
      scenario(flow),
      `start         → a SUBMITTED, b SUBMITTED
       a ends FAILED → a RETRYING, b SUBMITTED
       after 1000    → a SUBMITTED, b SUBMITTED
       a ends FAILED → a FAILED, b FAILED, p FAILED`,
    );
  });
});

test("a policy that is none fails the task before its children begin", () => {
  const world = play(scenario(parallel("\"{{ 'STOP' }}\"")), "start → p FAILED, no a, flow FAILED");
  expect(world.row.error).toContain("`onChildFailure` must be FAIL, CANCEL or CONTINUE, but is `STOP`");
});

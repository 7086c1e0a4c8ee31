import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";
import { rootOf } from "./cause.ts";

const FLOW = "io.kestra.plugin.core.flow";

function fail(world: Scenario, name: string, message: string): Scenario {
  const outcome = { state: "FAILED", error: { message } } as const;
  world.send({ type: "task-ended", run: world.find(name).index, outcome });
  return world;
}

describe("a failed execution says", () => {
  test("which task failed, and why, in one line", () => {
    const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
    fail(world, "a", "no route to host:\n  10.0.0.1\n");
    expect(world.row).toMatchObject({ state: "FAILED", error: "task `a` failed: no route to host: 10.0.0.1" });
    expect(world.find("a").error).toBe(world.row.error);
  });

  test("which one of a loop, however deep", () => {
    const tasks = `- id: each
  type: ${FLOW}.ForEach
  values: [x, y]
  tasks: [{id: both, type: ${FLOW}.Parallel, tasks: [{id: a, type: task}, {id: b, type: task}]}]`;
    const world = play(scenario(flowOf(tasks)), "start → a SUBMITTED");
    play(world, "b ends SUCCESS → a SUBMITTED");
    fail(world, "a", "boom");
    expect(world.row.error).toBe("task `a` (value x) failed: boom");
    expect(world.find("each").error).toBe(world.row.error);
  });

  test("what failed first, also when the process is lost before the end", () => {
    const tasks = `- {id: both, type: ${FLOW}.Parallel, tasks: [{id: a, type: task}, {id: b, type: task}]}`;
    const world = play(scenario(flowOf(tasks, "errors: [{id: e, type: task}]")), "start → a SUBMITTED");
    fail(world, "b", "first");
    play(world, "→ e SUBMITTED");
    world.now += 1_000;
    fail(world, "a", "second");
    play(world, "crash → e SUBMITTED");
    fail(world, "e", "third");
    expect(world.row).toMatchObject({ state: "FAILED", error: "task `b` failed: first" });
  });

  test("nothing of what was allowed to fail, or succeeded in the end", () => {
    const retry = "retry: {type: constant, interval: PT1S, maxAttempts: 2}";
    const tasks = `- {id: allowed, type: task, allowFailure: true}\n- {id: again, type: task, ${retry}}\n- {id: a, type: task}`;
    const world = play(scenario(flowOf(tasks)), "start → allowed SUBMITTED");
    fail(world, "allowed", "not this");
    fail(world, "again", "nor this");
    play(world, "after 1000 → again SUBMITTED");
    play(world, "again ends SUCCESS → a SUBMITTED");
    expect(world.find("again").error).toBeUndefined();
    fail(world, "a", "but this");
    expect(world.row.error).toBe("task `a` failed: but this");
  });

  test("nothing of an earlier life", () => {
    const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
    fail(world, "a", "boom");
    play(world, "restart → a SUBMITTED, flow RUNNING");
    expect([world.row.error, world.find("a").error]).toEqual([undefined, undefined]);
  });

  test("what an expression could not do", () => {
    const world = play(
      scenario(flowOf(`- {id: i, type: ${FLOW}.If, condition: "{{ nothing }}", then: [{id: a, type: task}]}`)),
      "start → i FAILED",
    );
    expect(world.row.error).toMatch(/^task `i` failed: .*nothing/);
  });

  test("which SLA it broke", () => {
    const sla = "sla: [{id: quick, type: MAX_DURATION, duration: PT5S, behavior: FAIL}]";
    const world = play(scenario(flowOf("- {id: a, type: task}", sla)), "start → a SUBMITTED");
    play(world, "after 5000 → a KILLING");
    play(world, "a ends KILLED → flow FAILED");
    expect(world.row.error).toBe("the SLA `quick` is violated");
  });

  test("what failed in the execution that it waited for", () => {
    const subflow = `- {id: s, type: ${FLOW}.Subflow, namespace: company.team, flowId: other}`;
    const world = play(scenario(flowOf(subflow)), "start → s RUNNING");
    const [executionId] = world.children("create-child");
    const end = { executionId: executionId!, state: "FAILED", cause: "task `t` failed: boom" } as const;
    world.send({ type: "child-ended", run: world.find("s").index, end });
    expect(world.row.error).toBe(`task \`s\` failed: the subflow ${executionId} ended FAILED: task \`t\` failed: boom`);
  });

  test("that a loop did not come to its end", () => {
    const loop = `- {id: l, type: ${FLOW}.LoopUntil, condition: "{{ false }}", failOnMaxReached: true, checkFrequency: {maxIterations: 1}, tasks: [{id: a, type: task}]}`;
    const world = play(scenario(flowOf(loop)), "start → a SUBMITTED");
    play(world, "a ends SUCCESS → l FAILED, flow FAILED");
    expect(world.row.error).toBe("task `l` failed: its condition did not hold within 1 iterations");
  });
});

test("an execution that is killed, or does well, has no error", () => {
  const killed = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
  play(killed, "kill → a KILLING");
  play(killed, "a ends KILLED → flow KILLED");
  expect(killed.row.error).toBeUndefined();
});

test("a task that fails for want of a reason is named", () => {
  const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
  play(world, "a ends FAILED → flow FAILED");
  expect(world.row.error).toBe("task `a` failed");
});

test("a long error is cut", () => {
  const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
  fail(world, "a", "x".repeat(10_000));
  expect(world.row.error!.length).toBeLessThan(400);
  expect(world.row.error).toMatch(/…$/);
});

test("a chain of subflows ends in the reason of the last one", () => {
  const last = "task `t` (value a / b) failed: boom: the subflow of it all";
  expect(rootOf(last)).toBe(last);
  const chain =
    "task `c` failed: the subflow 00Vc2z ended FAILED: task `d` (value 1) failed: the subflow 00Vc3 ended KILLED: ";
  expect(rootOf(chain + last)).toBe(last);
});

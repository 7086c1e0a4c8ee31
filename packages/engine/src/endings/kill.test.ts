import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";
const killedTasks = (world: Scenario) =>
  world.effects.flatMap((effect) => (effect.type === "kill-task" ? `${effect.run.node.id} ${effect.attempt}` : []));

test("a kill does not wait for an execution that its task does not wait for, and leaves it alone", () => {
  const detached = `- {id: sub, type: ${FLOW}.Subflow, namespace: company.team, flowId: other, wait: false}`;
  const world = play(scenario(flowOf(detached)), "start → sub RUNNING");
  play(world, "kill → sub KILLED, flow KILLED");
  expect(world.children("kill-child")).toEqual([]);
});

describe("a kill", () => {
  test("reaches the attempt that is out, not the one before it", () => {
    const flow = flowOf("- {id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 3}}");
    const world = play(
      scenario(flow),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING
       after 1000    → a SUBMITTED
       kill          → a KILLING
       a ends KILLED → a KILLED, flow KILLED`,
    );
    expect(killedTasks(world)).toEqual(["a 2"]);
  });

  test("ends a task that waits for its next attempt at once", () => {
    const flow = flowOf("- {id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 3}}");
    play(
      scenario(flow),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING
       kill          → a KILLED, flow KILLED`,
    );
  });

  test("runs neither errors nor finally, but what comes after the execution", () => {
    const rest = "errors: [{id: e, type: task}]\nfinally: [{id: f, type: task}]\nafterExecution: [{id: x, type: task}]";
    play(
      scenario(flowOf("- {id: a, type: task}", rest)),
      `start         → a SUBMITTED
       kill          → a KILLING
       a ends KILLED → a KILLED, no e, no f, flow KILLED, x SUBMITTED`,
    );
  });

  test("stops nothing of the branches, retries and pauses that come after the execution", () => {
    const after = `afterExecution:
- id: i
  type: ${FLOW}.If
  condition: "true"
  then:
    - {id: x, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 2}}
    - {id: p, type: ${FLOW}.Pause, pauseDuration: PT1S}
- {id: y, type: task}`;
    play(
      scenario(flowOf("- {id: a, type: task}", after)),
      `start          → a SUBMITTED
       kill           → a KILLING
       a ends KILLED  → x SUBMITTED, flow KILLED
       x ends FAILED  → x RETRYING
       after 1000     → x SUBMITTED
       x ends SUCCESS → p PAUSED
       after 1000     → p SUCCESS, i SUCCESS, y SUBMITTED, flow KILLED`,
    );
  });

  test("stops errors and finally tasks too", () => {
    const rest = "errors: [{id: e, type: task}]";
    play(
      scenario(flowOf("- {id: a, type: task}", rest)),
      `start         → a SUBMITTED
       a ends FAILED → e SUBMITTED
       kill          → e KILLING
       e ends KILLED → e KILLED, flow KILLED`,
    );
  });

  test("keeps what a task had done when it was too late", () => {
    play(
      scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}")),
      `start          → a SUBMITTED
       kill           → a KILLING
       a ends SUCCESS → a SUCCESS, no b, flow KILLED`,
    );
  });

  test("goes through nested branches, children before their parents", () => {
    const flow = flowOf(`- id: outer
  type: ${FLOW}.Parallel
  tasks:
    - id: inner
      type: ${FLOW}.Parallel
      tasks: [{id: a, type: task}, {id: p, type: ${FLOW}.Pause}]
    - {id: b, type: task}`);
    play(
      scenario(flow),
      `start         → a SUBMITTED, p PAUSED, no b, flow PAUSED
       kill          → a KILLING, p KILLED, inner KILLING, outer KILLING, flow KILLING
       a ends KILLED → inner KILLED, outer KILLED, flow KILLED`,
    );
  });

  test("ends a task run that nobody runs any more when the process was lost meanwhile", () => {
    const flow = flowOf(`- {id: s, type: ${FLOW}.Sequential, tasks: [{id: a, type: task}]}`);
    play(
      scenario(flow),
      `start → a SUBMITTED
       kill  → a KILLING, flow KILLING
       crash → a KILLED, s KILLED, flow KILLED`,
    );
  });

  test("outputs that can't be rendered don't make it a failure", () => {
    const world = play(
      scenario(flowOf("- {id: a, type: task}", 'outputs: [{id: o, type: STRING, value: "{{ outputs.a.value }}"}]')),
      `start         → a SUBMITTED
       kill          → a KILLING
       a ends KILLED → flow KILLED`,
    );
    expect(world.row.outputs).toBeUndefined();
  });
});

describe("a kill of a subflow's parent", () => {
  const flow = flowOf(
    `- {id: sub, type: ${FLOW}.Subflow, namespace: company.team, flowId: other}\n- {id: b, type: task}`,
  );

  test("kills the child and waits for its end", () => {
    const world = play(
      scenario(flow),
      `start                   → sub RUNNING
       kill                    → sub KILLING, flow KILLING
       sub's child ends KILLED → sub KILLED, no b, flow KILLED`,
    );
    expect(world.children("kill-child")).toEqual(world.children("create-child"));
  });

  test("leaves the child alone when it is not to cascade", () => {
    const world = play(scenario(flow), "start → sub RUNNING");
    world.send({ type: "kill", cascade: false });
    expect(world.states()).toEqual({ sub: "KILLED" });
    expect(world.children("kill-child")).toEqual([]);
    expect(world.row.state).toBe("KILLED");
  });
});

describe("a branch that is given up", () => {
  test("because another failed has its job stopped", () => {
    const flow = flowOf(`- {id: p, type: ${FLOW}.Parallel, tasks: [{id: a, type: task}, {id: b, type: task}]}`);
    const world = play(
      scenario(flow),
      `start         → a SUBMITTED, b SUBMITTED
       b starts      → b RUNNING
       a ends FAILED → b FAILED, p FAILED, flow FAILED`,
    );
    expect(killedTasks(world)).toEqual(["b 1"]);
  });

  test("is another attempt when it is restarted, even if its job had not begun", () => {
    const flow = flowOf(`- {id: p, type: ${FLOW}.Parallel, tasks: [{id: a, type: task}, {id: b, type: task}]}`);
    const world = play(
      scenario(flow),
      `start         → a SUBMITTED, b SUBMITTED
       a ends FAILED → b FAILED, p FAILED, flow FAILED
       restart       → a SUBMITTED, b SUBMITTED`,
    );
    expect(world.find("b").attempts.map(({ state }) => state)).toEqual(["FAILED"]);
    expect(world.effects.flatMap((effect) => (effect.type === "run-task" ? effect.attempt : []))).toEqual([1, 1, 2, 2]);
  });

  test("but is to go on, runs on while the errors of its block run, and counts for nothing", () => {
    const flow = flowOf(`- id: p
  type: ${FLOW}.Parallel
  onChildFailure: CONTINUE
  tasks: [{id: a, type: task}, {id: b, type: task}]
  errors: [{id: e, type: task}]`);
    const world = play(
      scenario(flow),
      `start          → a SUBMITTED, b SUBMITTED
       a ends FAILED  → e SUBMITTED, b SUBMITTED
       b ends SUCCESS → b SUCCESS, p RUNNING
       e ends SUCCESS → p FAILED, flow FAILED`,
    );
    expect(killedTasks(world)).toEqual([]);
  });

  test("by Exit goes on unheard, unless it exits with KILLED", () => {
    const flow = (state: string) =>
      flowOf(`- id: p
  type: ${FLOW}.Parallel
  tasks: [{id: a, type: task}, {id: x, type: io.kestra.plugin.core.execution.Exit, state: ${state}}]`);
    expect(killedTasks(play(scenario(flow("SUCCESS")), "start → flow SUCCESS, p SUCCESS, a SUCCESS"))).toEqual([]);
    expect(killedTasks(play(scenario(flow("KILLED")), "start → flow KILLED, p KILLED, a KILLED"))).toEqual(["a 1"]);
  });
});

describe("a kill after the end", () => {
  const after = (list: string) =>
    scenario(flowOf("- {id: a, type: task}", `afterExecution: [${list}, {id: z, type: task}]`));
  const nested = `{id: s, type: ${FLOW}.Sequential, tasks: [{id: x, type: task}, {id: y, type: task}], errors: [{id: e, type: task}]}`;

  test("stops what runs then, and the execution keeps its state", () => {
    play(
      after(nested),
      `start          → a SUBMITTED
       a ends SUCCESS → x SUBMITTED, flow SUCCESS
       kill           → x KILLING, s KILLING, flow SUCCESS
       x ends KILLED  → x KILLED, s KILLED, no y, no e, no z, flow SUCCESS`,
    );
  });

  test("is remembered when the process is lost meanwhile", () => {
    const world = play(
      after(nested),
      `start          → a SUBMITTED
       a ends FAILED  → x SUBMITTED, flow FAILED
       kill           → x KILLING
       crash          → x KILLED, s KILLED, no y, no z, flow FAILED`,
    );
    expect(world.live.settled).toBe(true);
  });

  test("ends what waits at once, and nothing is left to do", () => {
    const world = play(
      after(`{id: p, type: ${FLOW}.Pause, pauseDuration: PT1H}`),
      `start          → a SUBMITTED
       a ends SUCCESS → p PAUSED
       kill           → p KILLED, no z, flow SUCCESS`,
    );
    expect(world.live.settled).toBe(true);
  });

  test("of one that was killed before stops it again", () => {
    play(
      after(nested),
      `start         → a SUBMITTED
       kill          → a KILLING
       a ends KILLED → x SUBMITTED, flow KILLED
       x ends SUCCESS → y SUBMITTED
       kill          → y KILLING
       y ends KILLED → s KILLED, no z, flow KILLED`,
    );
  });
});

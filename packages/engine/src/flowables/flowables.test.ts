import { describe, expect, test } from "vitest";
import { flowOf, play, scenario } from "../testing/scenario.ts";

describe("a sequence", () => {
  const flow = flowOf(`- {id: a, type: task}\n- {id: b, type: task}`);

  test("runs its tasks one after the other", () => {
    play(
      scenario(flow),
      `start          → a SUBMITTED, no b, flow RUNNING
       a starts       → a RUNNING
       a ends SUCCESS → a SUCCESS, b SUBMITTED
       b ends WARNING → b WARNING, flow WARNING`,
    );
  });

  test("stops at the first failure", () => {
    play(
      scenario(flow),
      `start         → a SUBMITTED
       a ends FAILED → no b, flow FAILED`,
    );
  });

  test("runs errors, then finally, then what comes after the execution", () => {
    const rest = `errors: [{id: e, type: task}]\nfinally: [{id: f, type: task}]\nafterExecution: [{id: x, type: task}]`;
    play(
      scenario(flowOf(`- {id: a, type: task}\n- {id: b, type: task}`, rest)),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED, no f, flow RUNNING
       e ends SUCCESS → f SUBMITTED, flow RUNNING
       f ends SUCCESS → flow FAILED, x SUBMITTED
       x ends FAILED  → flow FAILED, x FAILED`,
    );
  });
});

describe("a Parallel", () => {
  const parallel = (concurrent: number) =>
    flowOf(`- id: p
  type: io.kestra.plugin.core.flow.Parallel
  concurrent: ${concurrent}
  tasks: [{id: a, type: task}, {id: b, type: task}, {id: c, type: task}]
- {id: last, type: task}`);

  test("starts all its children at once without a limit", () => {
    play(
      scenario(parallel(0)),
      `start          → a SUBMITTED, b SUBMITTED, c SUBMITTED
       b ends SUCCESS → p RUNNING, no last
       a ends SUCCESS → p RUNNING
       c ends SUCCESS → p SUCCESS, last SUBMITTED`,
    );
  });

  test("keeps to its limit", () => {
    play(
      scenario(parallel(2)),
      `start          → a SUBMITTED, b SUBMITTED, no c
       b ends SUCCESS → c SUBMITTED
       a ends SUCCESS → p RUNNING
       c ends SUCCESS → p SUCCESS`,
    );
  });

  test("fails with its first failed child", () => {
    play(
      scenario(parallel(0)),
      `start         → a SUBMITTED
       b ends FAILED → p FAILED, a FAILED, flow FAILED, no last`,
    );
  });
});

describe("a ForEach", () => {
  const loop = (limit: number, values = `["x", "y", "x"]`) =>
    flowOf(`- id: each
  type: io.kestra.plugin.core.flow.ForEach
  concurrencyLimit: ${limit}
  values: '${values}'
  tasks: [{id: a, type: task}, {id: b, type: task}]`);

  test("runs value after value, each once", () => {
    play(
      scenario(loop(1)),
      `start            → a@x SUBMITTED, no a@y
       a@x ends SUCCESS → b@x SUBMITTED
       b@x ends SUCCESS → a@y SUBMITTED
       a@y ends SUCCESS → b@y SUBMITTED
       b@y ends SUCCESS → each SUCCESS, flow SUCCESS`,
    );
  });

  test("runs all values at once with a limit of 0", () => {
    play(
      scenario(loop(0)),
      `start            → a@x SUBMITTED, a@y SUBMITTED, no b@x
       a@y ends SUCCESS → b@y SUBMITTED
       b@y ends SUCCESS → each RUNNING
       a@x ends SUCCESS → b@x SUBMITTED
       b@x ends WARNING → each WARNING, flow WARNING`,
    );
  });

  test("ends at once without values", () => {
    play(scenario(loop(1, "[]")), `start → each SUCCESS, flow SUCCESS`);
  });

  test("fails when its values are no list", () => {
    play(scenario(loop(1, "{}")), `start → each FAILED, flow FAILED`);
  });

  test("costs the same for the last of ten thousand values as for the first", () => {
    const values = JSON.stringify(Array.from({ length: 10_000 }, (_, number) => `v${number}`));
    const world = scenario(loop(1, values));
    world.send({ type: "start", admission: "RUN" });
    expect(world.live.runs.size).toBe(2);
    for (let round = 0; round < 20; round += 1) {
      const open = [...world.live.runs.values()].find((run) => run.state === "SUBMITTED")!;
      world.send({ type: "task-ended", run: open.index, outcome: { state: "SUCCESS" } });
      expect(world.live.runs.size).toBe(2);
    }
  });
});

describe("a Dag", () => {
  test("starts a child when all that it depends on have ended", () => {
    const dag = flowOf(`- id: d
  type: io.kestra.plugin.core.flow.Dag
  tasks:
    - {task: {id: a, type: task}}
    - {task: {id: b, type: task}}
    - {task: {id: c, type: task}, dependsOn: [a, b]}
    - {task: {id: e, type: task}, dependsOn: [c]}`);
    play(
      scenario(dag),
      `start          → a SUBMITTED, b SUBMITTED, no c
       a ends SUCCESS → no c
       b ends WARNING → c SUBMITTED, no e
       c ends SUCCESS → e SUBMITTED
       e ends SUCCESS → d WARNING, flow WARNING`,
    );
  });
});

describe("If and Switch", () => {
  test("If runs the branch that its condition asks for", () => {
    const flow = (condition: string) =>
      flowOf(`- id: i
  type: io.kestra.plugin.core.flow.If
  condition: "${condition}"
  then: [{id: yes, type: task}]
  else: [{id: otherwise, type: task}]`);
    play(scenario(flow("{{ 1 == 1 }}")), `start → yes SUBMITTED, no otherwise`);
    play(scenario(flow("{{ 1 == 2 }}")), `start → otherwise SUBMITTED, no yes`);
  });

  test("an If whose branch is empty succeeds", () => {
    const flow = flowOf(`- id: i
  type: io.kestra.plugin.core.flow.If
  condition: "false"
  then: [{id: yes, type: task}]`);
    play(scenario(flow), `start → i SUCCESS, flow SUCCESS`);
  });

  test("Switch runs the case that equals its value, else its defaults", () => {
    const flow = (value: string) =>
      flowOf(`- id: s
  type: io.kestra.plugin.core.flow.Switch
  value: "${value}"
  cases:
    "1": [{id: one, type: task}]
  defaults: [{id: other, type: task}]`);
    play(scenario(flow("{{ 2 - 1 }}")), `start → one SUBMITTED`);
    const world = play(scenario(flow("x")), `start → other SUBMITTED`);
    expect(world.find("s").outputs).toEqual({ value: "x", defaults: true });
  });
});

describe("a Pause", () => {
  const flow = (pause: string) =>
    flowOf(`- id: p
  type: io.kestra.plugin.core.flow.Pause${pause}
- {id: b, type: task}`);

  test("stops everything until it is resumed", () => {
    const world = play(
      scenario(flow("")),
      `start          → p PAUSED, flow PAUSED, no b
       resume         → p SUCCESS, b SUBMITTED, flow RUNNING
       b ends SUCCESS → flow SUCCESS`,
    );
    const history = world.find("p").history.map(({ state }) => state);
    expect(history).toEqual(["CREATED", "RUNNING", "PAUSED", "SUCCESS"]);
  });

  test("goes on by itself after its duration", () => {
    play(
      scenario(flow("\n  pauseDuration: PT10S")),
      `start       → p PAUSED
       after 9999  → p PAUSED, flow PAUSED
       after 1     → p SUCCESS, b SUBMITTED, flow RUNNING`,
    );
  });

  test("fails at its timeout", () => {
    play(
      scenario(flow("\n  timeout: PT10S")),
      `start       → p PAUSED
       after 10000 → p FAILED, flow FAILED`,
    );
  });

  test("holds the other branches back", () => {
    const parallel = flowOf(`- id: par
  type: io.kestra.plugin.core.flow.Parallel
  tasks:
    - id: s
      type: io.kestra.plugin.core.flow.Sequential
      tasks: [{id: a, type: task}, {id: p, type: io.kestra.plugin.core.flow.Pause}]
    - id: t
      type: io.kestra.plugin.core.flow.Sequential
      tasks: [{id: b, type: task}, {id: c, type: task}]`);
    play(
      scenario(parallel),
      `start          → a SUBMITTED, b SUBMITTED
       a ends SUCCESS → p PAUSED, flow PAUSED
       b ends SUCCESS → b SUCCESS, no c
       resume         → p SUCCESS, s SUCCESS, c SUBMITTED, flow RUNNING`,
    );
  });
});

describe("a LoopUntil", () => {
  test("repeats until its condition holds, and forgets earlier rounds", () => {
    const flow = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.LoopUntil
  condition: "{{ outputs.a.done ?? false }}"
  checkFrequency: {interval: PT5S}
  tasks: [{id: a, type: task}]`);
    const world = play(
      scenario(flow),
      `start          → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 5000     → a SUBMITTED`,
    );
    expect([...world.runs.values()].filter(({ taskId }) => taskId === "a")).toHaveLength(1);
    const outcome = { state: "SUCCESS", outputs: { done: true } } as const;
    world.send({ type: "task-ended", run: world.find("a").index, outcome });
    play(world, `crash → l SUCCESS, flow SUCCESS`);
    expect(world.find("l").outputs).toEqual({ iterationCount: 2 });
  });

  test("waits a minute between rounds, without end, when nothing else is said", () => {
    const flow = flowOf(
      `- {id: l, type: io.kestra.plugin.core.flow.LoopUntil, condition: "false", tasks: [{id: a, type: task}]}`,
    );
    const world = play(scenario(flow), `start → a SUBMITTED`);
    for (let round = 0; round < 200; round += 1)
      play(
        world,
        `a ends SUCCESS → l RUNNING
         after 59999    → a SUCCESS
         after 1        → a SUBMITTED`,
      );
    expect(world.find("l").outputs).toEqual({ iterationCount: 201 });
  });

  test.each([
    ["fails when asked to", "failOnMaxReached: true", "l FAILED, flow FAILED"],
    ["ends like its last round otherwise", "failOnMaxReached: false", "l SUCCESS, flow SUCCESS"],
  ])("has one more round after the last that ended within its maximum duration, then %s", (_what, more, end) => {
    const flow = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.LoopUntil
  condition: "{{ outputs.a.done ?? false }}"
  ${more}
  checkFrequency: {interval: PT10S, maxDuration: PT25S}
  tasks: [{id: a, type: task}]`);
    const begin = `start          → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 10000    → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 10000    → a SUBMITTED
       after 5000     → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 9999     → a SUCCESS
       after 1        → a SUBMITTED`;
    play(scenario(flow), `${begin}\na ends SUCCESS → ${end}`);
    const world = play(scenario(flow), begin);
    const outcome = { state: "SUCCESS", outputs: { done: true } } as const;
    world.send({ type: "task-ended", run: world.find("a").index, outcome });
    play(world, "→ l SUCCESS, flow SUCCESS");
  });

  test("fails at its limit when asked to", () => {
    const flow = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.LoopUntil
  condition: "false"
  failOnMaxReached: true
  checkFrequency: {interval: PT1S, maxIterations: 2}
  tasks: [{id: a, type: task}]`);
    play(
      scenario(flow),
      `start          → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 1000     → a SUBMITTED
       a ends SUCCESS → l FAILED, flow FAILED`,
    );
  });
});

test("a Template fails and says which one it can't find, and what takes its place", () => {
  const flow = flowOf(`- id: t
  type: io.kestra.plugin.core.flow.Template
  namespace: company.team
  templateId: "{{ flow.id }}-steps"`);
  const world = play(scenario(flow), "start → t FAILED, flow FAILED");
  expect(world.row.error).toContain(
    `call a subflow instead: Can't find flow template 'company.team.${world.row.flowId}-steps'`,
  );
});

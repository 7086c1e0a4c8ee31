import { describe, expect, test } from "vitest";
import { flowOf, play, scenario } from "./testing/scenario.ts";

const retrying = (retry: string) => flowOf(`- id: a\n  type: task\n  retry: ${retry}\n- {id: b, type: task}`);

describe("retries", () => {
  test("a failed attempt is tried again after its interval", () => {
    const world = play(
      scenario(retrying("{type: constant, interval: PT2S, maxAttempts: 2}")),
      `start          → a SUBMITTED
       a ends FAILED  → a RETRYING, flow RETRYING
       after 1999     → a RETRYING
       after 1        → a SUBMITTED, flow RUNNING
       a ends SUCCESS → a SUCCESS, b SUBMITTED`,
    );
    expect(world.find("a").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  });

  test("the first attempt counts", () => {
    play(
      scenario(retrying("{type: constant, interval: PT2S, maxAttempts: 2}")),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING
       after 2000    → a SUBMITTED
       a ends FAILED → a FAILED, flow FAILED`,
    );
  });

  test("a flow's policy serves tasks without one", () => {
    const rest = "retry: {type: constant, interval: PT1S, maxAttempts: 3}";
    play(
      scenario(flowOf("- {id: a, type: task}", rest)),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING`,
    );
  });

  test("success after a retry is a warning when asked for", () => {
    play(
      scenario(retrying("{type: constant, interval: PT1S, maxAttempts: 2, warningOnRetry: true}")),
      `start          → a SUBMITTED
       a ends FAILED  → a RETRYING
       after 1000     → a SUBMITTED
       a ends SUCCESS → a WARNING`,
    );
  });

  test("an inherited policy retries, but a success then is no warning", () => {
    const policy = "retry: {type: constant, interval: PT1S, maxAttempts: 2, warningOnRetry: true}";
    const around = `- {id: s, type: io.kestra.plugin.core.flow.Sequential, ${policy}, tasks: [{id: a, type: task}]}`;
    for (const flow of [flowOf(around), flowOf("- {id: a, type: task}", policy)])
      play(
        scenario(flow),
        `start          → a SUBMITTED
         a ends FAILED  → a RETRYING
         after 1000     → a SUBMITTED
         a ends SUCCESS → a SUCCESS, flow SUCCESS`,
      );
  });
});

describe("what a failure becomes", () => {
  test("allowFailure makes it a warning, allowWarning a success", () => {
    play(
      scenario(
        flowOf(
          "- {id: a, type: task, allowFailure: true}\n- {id: b, type: task, allowFailure: true, allowWarning: true}",
        ),
      ),
      `start         → a SUBMITTED
       a ends FAILED → a WARNING, b SUBMITTED
       b ends FAILED → b SUCCESS, flow WARNING`,
    );
  });

  test("AllowFailure goes on after the failure of a child", () => {
    const flow = flowOf(`- id: allow
  type: io.kestra.plugin.core.flow.AllowFailure
  tasks: [{id: a, type: task}]
- {id: b, type: task}`);
    play(
      scenario(flow),
      `start         → a SUBMITTED
       a ends FAILED → allow WARNING, b SUBMITTED`,
    );
  });
});

describe("runIf", () => {
  test("skips a task, which counts as success", () => {
    play(
      scenario(flowOf(`- {id: a, type: task, runIf: "{{ 1 > 2 }}"}\n- {id: b, type: task}`)),
      `start          → a SKIPPED, b SUBMITTED
       b ends SUCCESS → flow SUCCESS`,
    );
  });

  test("fails a task when it can't be rendered", () => {
    play(scenario(flowOf(`- {id: a, type: task, runIf: "{{ trigger.missing }}"}`)), `start → a FAILED, flow FAILED`);
  });
});

describe("kill", () => {
  const flow = flowOf(`- id: s
  type: io.kestra.plugin.core.flow.Parallel
  tasks: [{id: a, type: task}, {id: b, type: task}]`);

  test("interrupts what runs and ends when it has stopped", () => {
    const world = play(
      scenario(flow),
      `start         → a SUBMITTED
       kill          → a KILLING, b KILLING, s KILLING, flow KILLING
       a ends KILLED → a KILLED, flow KILLING
       b ends KILLED → b KILLED, s KILLED, flow KILLED`,
    );
    expect(world.effects.filter(({ type }) => type === "kill-task")).toHaveLength(2);
  });

  test("ends at once when nothing runs", () => {
    play(
      scenario(flowOf("- {id: p, type: io.kestra.plugin.core.flow.Pause}")),
      `start → p PAUSED
       kill  → p KILLED, flow KILLED`,
    );
  });
});

describe("recovery", () => {
  test("a crash at any moment changes nothing but the attempts", () => {
    const flow = flowOf(
      `- id: each
  type: io.kestra.plugin.core.flow.ForEach
  concurrencyLimit: 2
  values: ["x", "y", "z"]
  tasks: [{id: a, type: task}, {id: b, type: task}]
- {id: last, type: task}`,
      "errors: [{id: e, type: task}]",
    );
    play(
      scenario(flow),
      `start             → a@x SUBMITTED, a@y SUBMITTED
       crash             → a@x SUBMITTED, a@y SUBMITTED, no a@z
       a@x ends SUCCESS  → b@x SUBMITTED
       crash             → b@x SUBMITTED, a@y SUBMITTED
       b@x ends SUCCESS  → a@z SUBMITTED
       crash             → a@z SUBMITTED
       a@y ends SUCCESS  → b@y SUBMITTED
       b@y ends SUCCESS  → each RUNNING
       crash             → each RUNNING
       a@z ends SUCCESS  → b@z SUBMITTED
       b@z ends SUCCESS  → each SUCCESS, last SUBMITTED
       crash             → last SUBMITTED
       last ends FAILED  → e SUBMITTED
       crash             → e SUBMITTED, flow RUNNING
       e ends SUCCESS    → flow FAILED`,
    );
  });
});

describe("tasks that change their execution", () => {
  test("labels and variables are set, Exit ends with its state", () => {
    const flow = flowOf(`- {id: l, type: io.kestra.plugin.core.execution.Labels, labels: {team: "{{ flow.id }}"}}
- {id: v, type: io.kestra.plugin.core.execution.SetVariables, variables: {count: 3}}
- id: s
  type: io.kestra.plugin.core.flow.Sequential
  tasks: [{id: x, type: io.kestra.plugin.core.execution.Exit, state: WARNING}]
- {id: never, type: task}`);
    const world = play(scenario(flow), `start → l SUCCESS, v SUCCESS, x WARNING, s WARNING, no never, flow WARNING`);
    expect(world.row.labels).toContainEqual({ key: "team", value: "scenario" });
    expect(world.row.variables).toEqual({ count: 3 });
  });
});

test("a task that is said to have begun a while ago has run since then", () => {
  const world = play(scenario(flowOf("- {id: a, type: task}")), "start → a SUBMITTED");
  world.now += 50;
  const at = world.now - 20;
  world.send({ type: "task-started", run: world.find("a").index, at });
  const { history, attempts } = world.find("a");
  expect(history.at(-1)).toEqual({ state: "RUNNING", date: at });
  expect(attempts.at(-1)?.history.at(-1)).toEqual({ state: "RUNNING", date: at });
});

import { describe, expect, test } from "vitest";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";

const TASK = flowOf("- {id: a, type: task}\n- {id: b, type: task}");
const GROUP = flowOf(`- id: w
  type: io.kestra.plugin.core.flow.WorkingDirectory
  tasks: [{id: a, type: task}, {id: b, type: task}]`);

const attempts = (world: Scenario, name: string) =>
  world.find(name).attempts.map(({ state, workerId }) => (workerId === undefined ? state : `${state} ${workerId}`));
const kinds = (world: Scenario) => world.effects.map(({ type }) => type);

function childEnds(world: Scenario, taskId: string, taskRunId = taskId): void {
  const outcome = { state: "SUCCESS" } as const;
  world.send({
    type: "group-child-ended",
    run: world.find("w").index,
    taskId,
    taskRunId,
    startedAt: world.now,
    outcome,
  });
}

test("the worker that gets a job is on record before the job is handed over", () => {
  const world = play(scenario(TASK), "start → a SUBMITTED\n a assigned one → a SUBMITTED");
  expect([attempts(world, "a"), kinds(world)]).toEqual([["CREATED one"], ["state-changed", "run-task", "hand-over"]]);
  play(world, "a starts → a RUNNING\n a ends SUCCESS → b SUBMITTED");
  expect(attempts(world, "a")).toEqual(["SUCCESS one"]);
  expect(world.find("a").attempts[0]!.history.map(({ state }) => state)).toEqual(["CREATED", "RUNNING", "SUCCESS"]);
});

test("a retry has a worker of its own", () => {
  const flow = flowOf("- {id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 2}}");
  const world = play(
    scenario(flow),
    `start          → a SUBMITTED
     a assigned one → a SUBMITTED
     a ends FAILED  → a RETRYING
     after 1000     → a SUBMITTED
     a assigned two → a SUBMITTED
     a ends SUCCESS → flow SUCCESS`,
  );
  expect(attempts(world, "a")).toEqual(["FAILED one", "SUCCESS two"]);
});

describe("when the server is lost", () => {
  test.each(["SUBMITTED", "RUNNING"])("a %s job of another process goes on there", (state) => {
    const world = play(scenario(TASK), "start → a SUBMITTED\n a assigned one → a SUBMITTED");
    if (state === "RUNNING") play(world, "a starts → a RUNNING");
    world.effects.length = 0;
    play(world, `crash → a ${state}`);
    expect(world.effects).toMatchObject([{ type: "expect-worker", workerId: "one", attempt: 1 }]);
    play(world, "a ends SUCCESS → a SUCCESS, b SUBMITTED");
    expect(attempts(world, "a")).toEqual(["SUCCESS one"]);
  });

  test("its job starts again when that process is lost as well", () => {
    const world = play(
      scenario(TASK),
      `start          → a SUBMITTED
       a assigned one → a SUBMITTED
       a starts       → a RUNNING
       crash          → a RUNNING
       a lost         → a SUBMITTED
       a assigned two → a SUBMITTED
       a ends SUCCESS → a SUCCESS, b SUBMITTED`,
    );
    expect(attempts(world, "a")).toEqual(["RESUBMITTED one", "SUCCESS two"]);
  });

  test("a WorkingDirectory of another process goes on there, and no child comes twice", () => {
    const world = play(scenario(GROUP), "start → w RUNNING\n w assigned one → w RUNNING");
    childEnds(world, "a");
    play(world, "crash → w RUNNING, a SUCCESS");
    childEnds(world, "a");
    childEnds(world, "b");
    play(world, "w ends SUCCESS → w SUCCESS, flow SUCCESS");
    expect(rows(world).map(({ taskId }) => taskId)).toEqual(["w", "a", "b"]);
    expect(attempts(world, "w")).toEqual(["SUCCESS one"]);
  });

  test("a WorkingDirectory whose other process is lost as well begins anew, with all its children", () => {
    const world = play(scenario(GROUP), "start → w RUNNING\n w assigned one → w RUNNING");
    childEnds(world, "a");
    play(world, "crash → w RUNNING\n w lost → w RUNNING, no a");
    expect(kinds(world).filter((type) => type === "run-task").length).toBe(2);
    expect(attempts(world, "w")).toEqual(["RESUBMITTED one", "RUNNING"]);
  });

  test("a failed child of a WorkingDirectory that goes on is not forgotten", () => {
    const world = play(scenario(GROUP), "start → w RUNNING\n w assigned one → w RUNNING");
    const outcome = { state: "FAILED", error: { message: "no" } } as const;
    const [run, startedAt] = [world.find("w").index, world.now];
    world.send({ type: "group-child-ended", run, taskId: "a", taskRunId: "a", startedAt, outcome });
    play(world, "crash → w RUNNING\n w ends SUCCESS → w FAILED, flow FAILED");
  });
});

test("a kill of a job that is lost ends it", () => {
  play(
    scenario(TASK),
    `start          → a SUBMITTED
     a assigned one → a SUBMITTED
     kill           → a KILLING
     a lost         → a KILLED, flow KILLED`,
  );
  play(scenario(GROUP), "start → w RUNNING\n w assigned one → w RUNNING\n kill → w KILLING\n w lost → flow KILLED");
});

test("a worker that is found for a job while that is being killed is told of nothing else", () => {
  const world = play(scenario(TASK), "start → a SUBMITTED\n kill → a KILLING\n a assigned one → a KILLING");
  expect(attempts(world, "a")).toEqual(["CREATED one"]);
  play(world, "a ends KILLED → a KILLED, flow KILLED");
});

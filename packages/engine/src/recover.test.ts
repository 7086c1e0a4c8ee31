import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "./testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";

describe("a WorkingDirectory whose process is lost", () => {
  const flow = flowOf(`- id: w
  type: ${FLOW}.WorkingDirectory
  tasks: [{id: a, type: task}, {id: b, type: task}]
  errors: [{id: e, type: task}]
  finally: [{id: f, type: task}]`);

  test("begins anew with all its children", () => {
    const world = play(scenario(flow), "start → w RUNNING");
    endChild(world, "a", "SUCCESS");
    play(world, "crash → w RUNNING, no a");
    expect(world.find("w").attempts.map(({ state }) => state)).toEqual(["RESUBMITTED", "RUNNING"]);
    endChild(world, "a", "SUCCESS");
    endChild(world, "b", "SUCCESS");
    play(
      world,
      `w ends SUCCESS → f SUBMITTED, w RUNNING
       crash          → f SUBMITTED, w RUNNING
       f ends SUCCESS → w SUCCESS, flow SUCCESS`,
    );
    expect([...world.runs.values()].map(({ taskId }) => taskId)).toEqual(["w", "a", "b", "f"]);
  });

  test("stays failed when its errors run, with children or without", () => {
    const world = play(scenario(flow), "start → w RUNNING");
    endChild(world, "a", "FAILED");
    play(
      world,
      `w ends FAILED  → e SUBMITTED
       crash          → e SUBMITTED, a FAILED, no b
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → w FAILED, flow FAILED`,
    );
    play(
      scenario(flow),
      `start          → w RUNNING
       w ends FAILED  → e SUBMITTED
       crash          → e SUBMITTED
       e ends SUCCESS → f SUBMITTED
       crash          → f SUBMITTED
       f ends SUCCESS → w FAILED, flow FAILED`,
    );
  });

  test("can be killed while its errors run", () => {
    const world = play(scenario(flow), "start → w RUNNING");
    endChild(world, "a", "FAILED");
    play(
      world,
      `w ends FAILED → e SUBMITTED
       kill          → e KILLING, w KILLING
       e ends KILLED → w KILLED, no f, flow KILLED`,
    );
  });
});

describe("a limit that passed while the process was down", () => {
  test("is applied when it comes back", () => {
    const sla = "sla: [{id: s, type: MAX_DURATION, duration: PT5S, behavior: CANCEL, labels: {late: yes}}]";
    const world = play(scenario(flowOf("- {id: a, type: task}", sla)), "start → a SUBMITTED");
    world.now += 5_000;
    play(world, "crash → a CANCELLED, flow CANCELLED");
    expect(world.row.labels).toContainEqual({ key: "late", value: "yes" });
  });
});

describe("a retry that waits when the process is lost", () => {
  test("is made when its timer says so", () => {
    const flow = flowOf("- {id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 2}}");
    const world = play(
      scenario(flow),
      `start          → a SUBMITTED
       a ends FAILED  → a RETRYING, flow RETRYING
       crash          → a RETRYING, flow RETRYING
       after 1000     → a SUBMITTED, flow RUNNING
       a ends SUCCESS → flow SUCCESS`,
    );
    expect(world.find("a").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  });
});

function endChild(world: Scenario, taskId: string, state: "SUCCESS" | "FAILED"): void {
  const { index: run } = world.find("w");
  world.send({ type: "group-child-ended", run, taskId, startedAt: world.now, outcome: { state } });
}

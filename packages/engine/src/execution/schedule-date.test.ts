import { describe, expect, test } from "vitest";
import { createLive } from "./create.ts";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const LATER_MS = 5_000;

function scheduled(): Scenario {
  const world = scenario(flowOf("- {id: a, type: task}"));
  world.row = { ...world.row, scheduleDate: world.now + LATER_MS };
  world.live = createLive(world.live.plan, world.row);
  return play(world, "start → flow CREATED");
}

const admissions = (world: Scenario) => world.effects.filter(({ type }) => type === "admit").length;

describe("an execution with a date in the future", () => {
  test("asks to be admitted when its time has come, not before", () => {
    const world = play(scheduled(), `after ${LATER_MS - 1} → flow CREATED`);
    expect(admissions(world)).toBe(0);
    play(world, "after 1 → flow CREATED");
    expect(admissions(world)).toBe(1);
    play(world, "start → a SUBMITTED, flow RUNNING");
  });

  test("still waits after a crash, and is admitted when the crash lasted longer", () => {
    const world = play(scheduled(), "crash → flow CREATED");
    expect(admissions(world)).toBe(0);
    world.now += LATER_MS;
    play(world, "crash → flow CREATED");
    expect(admissions(world)).toBe(1);
  });

  test("may be forced to run, and is not started twice", () => {
    const world = scheduled();
    world.send({ type: "dequeue", state: "RUNNING" });
    play(world, `→ a SUBMITTED\nafter ${LATER_MS} → a SUBMITTED, flow RUNNING`);
    expect(admissions(world)).toBe(0);
    play(world, "start → a SUBMITTED");
  });
});

import { expect, test } from "vitest";
import { LANES_PER_TURN_MAX } from "./block.ts";
import { flowOf, scenario, type Scenario } from "../testing/scenario.ts";

const COUNT = 2 * LANES_PER_TURN_MAX + 1;

function loop(concurrencyLimit: number): Scenario {
  const values = JSON.stringify(Array.from({ length: COUNT }, (_, index) => index));
  return scenario(
    flowOf(`- id: loop
  type: io.kestra.plugin.core.flow.ForEach
  concurrencyLimit: ${concurrencyLimit}
  values: ${values}
  tasks: [{id: body, type: task}]`),
  );
}

function bodies(world: Scenario) {
  return [...world.runs.values()].filter((run) => run.taskId === "body");
}

/** Takes up the turn that was asked for last; answers whether one was. */
function startLanes(world: Scenario): boolean {
  const wanted = world.effects.splice(0).find((effect) => effect.type === "start-lanes");
  if (wanted !== undefined) world.send({ type: "start-lanes", run: wanted.run.index });
  return wanted !== undefined;
}

function end(world: Scenario): void {
  for (const run of bodies(world)) world.send({ type: "task-ended", run: run.index, outcome: { state: "SUCCESS" } });
}

test("a loop without a limit starts so many lanes in a turn, and the others in turns of their own", () => {
  const world = loop(0);
  world.send({ type: "start", admission: "RUN" });
  expect(bodies(world)).toHaveLength(LANES_PER_TURN_MAX);
  expect(startLanes(world)).toBe(true);
  expect(bodies(world)).toHaveLength(2 * LANES_PER_TURN_MAX);
  expect(startLanes(world)).toBe(true);
  expect(bodies(world)).toHaveLength(COUNT);
  expect(startLanes(world)).toBe(false);
  end(world);
  expect(world.row.state).toBe("SUCCESS");
});

test("lanes that end meanwhile do not end the loop, nor start the others early", () => {
  const world = loop(0);
  world.send({ type: "start", admission: "RUN" });
  end(world);
  expect(bodies(world)).toHaveLength(LANES_PER_TURN_MAX);
  expect(world.row.state).toBe("RUNNING");
  while (startLanes(world)) end(world);
  expect(bodies(world)).toHaveLength(COUNT);
  expect(world.row.state).toBe("SUCCESS");
});

test("a limit above it is kept", () => {
  const world = loop(LANES_PER_TURN_MAX + 1);
  world.send({ type: "start", admission: "RUN" });
  while (startLanes(world));
  expect(bodies(world)).toHaveLength(LANES_PER_TURN_MAX + 1);
});

test("after a crash the lanes that were not started are", () => {
  const world = loop(0);
  world.send({ type: "start", admission: "RUN" });
  world.effects.splice(0);
  world.crash();
  while (startLanes(world));
  expect(bodies(world)).toHaveLength(COUNT);
});

test("a kill starts none of the others", () => {
  const world = loop(0);
  world.send({ type: "start", admission: "RUN" });
  world.send({ type: "kill" });
  while (startLanes(world));
  expect(bodies(world)).toHaveLength(LANES_PER_TURN_MAX);
  for (const run of bodies(world)) world.send({ type: "task-ended", run: run.index, outcome: { state: "KILLED" } });
  expect(world.row.state).toBe("KILLED");
});

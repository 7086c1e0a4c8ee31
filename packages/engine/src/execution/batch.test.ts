import { describe, expect, test } from "vitest";
import { historyOf } from "../history/history.ts";
import { waitsOf } from "../history/wait.ts";
import { replayRows } from "../recovery/restart.ts";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";
import { asStarted, withoutBatch } from "./batch.ts";
import { createLive } from "./create.ts";
import { scopeFor } from "./scope.ts";

const TIMEOUT_MS = 60_000;
const FLOW = flowOf("- {id: a, type: task}", "batch: {maxSize: 3, timeout: PT1M}\ninputs: [{id: n, type: FLOAT}]");

function gathering(): Scenario {
  const world = scenario(FLOW, { n: 1 });
  world.row = { ...world.row, scheduleDate: world.now + TIMEOUT_MS, control: { batch: { key: "k" } } };
  world.live = createLive(world.live.plan, world.row);
  return play(world, "start → flow CREATED");
}

function add(world: Scenario, n: number): void {
  const trigger = { id: "hook", type: "a.Hook", variables: { body: n } };
  world.send({ type: "start-added", item: { id: `start ${n}`, date: world.now, inputs: { n }, trigger } });
}

const itemsOf = (world: Scenario) => world.row.batch?.items.map(({ inputs }) => inputs["n"]);
const shown = (world: Scenario) => scopeFor(world.live, undefined, {}).get("batch");

describe("an execution to which starts are added", () => {
  test("writes nothing of them until it begins, and then all of them", () => {
    const world = gathering();
    for (const n of [2, 3]) add(world, n);
    expect(itemsOf(world)).toBeUndefined();
    world.send({ type: "start", admission: "RUN", isDue: true });
    play(world, "→ a SUBMITTED");
    expect(itemsOf(world)).toEqual([1, 2, 3]);
    expect(world.effects).toContainEqual({ type: "clear-timer", key: "schedule" });
    expect(historyOf(world.row, rows(world))[1]?.why).toEqual({
      code: "batch-begun",
      text: "its batch of 3 starts began",
    });
  });

  test.each(["kill", "dequeue"] as const)("holds them also when a %s makes it leave its wait", (type) => {
    const world = gathering();
    add(world, 2);
    world.send(type === "kill" ? { type } : { type, state: "RUNNING", action: "forced" });
    expect(itemsOf(world)).toEqual([1, 2]);
    add(world, 3);
    expect(itemsOf(world)).toEqual([1, 2]);
  });

  test("shows what each of them brought", () => {
    const world = gathering();
    add(world, 2);
    world.send({ type: "start", admission: "RUN", isDue: true });
    expect(shown(world)).toMatchObject({
      size: 2,
      key: "k",
      items: [{ id: world.row.id }, { id: "start 2", trigger: { body: 2 } }],
    });
  });

  test("shows no start as the last one while others may come", () => {
    const world = gathering();
    expect(shown(world)).toMatchObject({ size: 1 });
    add(world, 2);
    expect(shown(world)).toMatchObject({ size: 2 });
  });

  test("waits for its end", () => {
    const world = gathering();
    expect(waitsOf(world.row, [])).toMatchObject([
      { kind: "timer", until: world.now + TIMEOUT_MS, text: expect.stringContaining("batch") },
    ]);
  });

  test("is replayed with the same ones, and waits for none then", () => {
    const world = gathering();
    add(world, 2);
    world.send({ type: "start", admission: "RUN", isDue: true });
    play(world, "a ends FAILED → flow FAILED");
    const replay = { id: "replayed", now: world.now, newId: () => "fresh" };
    const { row } = replayRows(world.live.plan, world.row, rows(world), world.find("a"), replay);
    expect(row).toMatchObject({ batch: world.row.batch, control: {} });
    expect(row.control).not.toHaveProperty("batch");
  });
});

test("an execution of a flow with a batch that started alone shows itself", () => {
  const world = play(scenario(FLOW, { n: 1 }), "start → a SUBMITTED");
  expect(shown(world)).toMatchObject({ size: 1, items: [{ id: world.row.id }] });
  expect(shown(scenario(flowOf("- {id: a, type: task}")))).toBeUndefined();
});

test("whoever made one start sees nothing of the others", () => {
  const { row } = gathering();
  const item = { id: "mine", date: 5, inputs: { n: 7 } };
  const whole = { ...row, trigger: { id: "t", type: "T", variables: {} }, batch: { items: [item] } };
  const { batch, trigger, inputs, id } = asStarted(whole, item);
  expect([batch, trigger, inputs, id]).toEqual([undefined, undefined, { n: 7 }, row.id]);
});

test("a start that is by itself keeps what limits it", () => {
  const { row } = gathering();
  expect(withoutBatch(row)).not.toHaveProperty("control");
  expect(withoutBatch({ ...row, control: { priority: 1, batch: {} } }).control).toEqual({ priority: 1 });
});

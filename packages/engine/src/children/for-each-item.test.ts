import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";
import type { State } from "../execution/execution.ts";

const each = (more = "") =>
  flowOf(`- id: each
  type: io.kestra.plugin.core.flow.ForEachItem
  items: "kestra:///items.txt"
  namespace: company.team
  flowId: other
  inputs: {part: "{{ taskrun.items }}", number: "{{ taskrun.iteration }}"}
${more.replace(/^/gm, "  ")}`);

/** A world whose split has put out three batches, each of which is asked for. */
function withBatches(more = ""): Scenario {
  const world = scenario(each(more));
  world.send({ type: "start", admission: "RUN" });
  endSplit(world);
  readLines(world);
  return world;
}

function endSplit(world: Scenario): void {
  const outcome = { state: "SUCCESS", outputs: { splits: "kestra:///splits.txt" } } as const;
  world.send({ type: "task-ended", run: world.find("each_split").index, outcome });
}

function readLines(world: Scenario, lines: readonly string[] = ["one", "two", "three"]): void {
  world.send({ type: "lines-read", run: world.find("each_items").index, lines });
}

function endBatches(world: Scenario, states: readonly State[], first = 0): void {
  for (const [position, state] of states.entries()) endBatch(world, first + position, state);
}

function endBatch(world: Scenario, iteration: number, state: State, executionId = batchOf(world, iteration)): void {
  const { index: run } = world.find("each_items");
  world.send({ type: "child-ended", run, end: { executionId, iteration, state } });
}

/** The execution that was asked for last. */
function batchOf(world: Scenario, iteration: number): string {
  const requests = world.effects.flatMap((effect) => (effect.type === "create-child" ? effect.request : []));
  return requests.findLast((request) => request.iteration === iteration)?.executionId ?? "";
}

describe("a ForEachItem", () => {
  test("says why the first batch failed that did, also one that was refused", () => {
    const world = withBatches();
    endBatch(world, 0, "SUCCESS");
    const { index: run } = world.find("each_items");
    world.send({ type: "child-refused", run, iteration: 2, message: "there is no flow company.team.other" });
    endBatch(world, 1, "FAILED");
    expect(world.find("each_items").error).toBe(
      "task `each_items` failed: of batch 2, there is no flow company.team.other",
    );
    expect(world.row.error).toBe(world.find("each_items").error);
  });

  test("asks for an execution for each batch, numbered from 0", () => {
    const world = withBatches();
    const requests = world.effects.flatMap((effect) => (effect.type === "create-child" ? effect.request : []));
    expect(requests.map(({ inputs, iteration }) => ({ ...inputs, iteration }))).toEqual([
      { part: "one", number: "0", iteration: 0 },
      { part: "two", number: "1", iteration: 1 },
      { part: "three", number: "2", iteration: 2 },
    ]);
    expect(new Set(world.children("create-child")).size).toBe(3);
  });

  test.each<[readonly State[], string, string]>([
    [["SUCCESS", "SUCCESS", "SUCCESS"], "", "each_items SUCCESS, each_merge SUBMITTED"],
    [["SUCCESS", "WARNING", "SUCCESS"], "", "each_items WARNING, each_merge SUBMITTED"],
    [["SUCCESS", "FAILED", "WARNING"], "", "each_items FAILED, no each_merge, each FAILED, flow FAILED"],
    [["KILLED", "SUCCESS", "SUCCESS"], "", "each_items FAILED, no each_merge, each FAILED, flow FAILED"],
    [["CANCELLED", "SUCCESS", "SUCCESS"], "", "each_items SUCCESS, each_merge SUBMITTED"],
    [["SUCCESS", "FAILED", "SUCCESS"], "transmitFailed: false", "each_items SUCCESS, each_merge SUBMITTED"],
    [
      ["SUCCESS", "FAILED", "SUCCESS"],
      "allowFailure: true",
      "each_items FAILED, no each_merge, each WARNING, flow WARNING",
    ],
  ])("whose batches end %j with %j goes on so", (states, more, expected) => {
    const world = withBatches(more);
    endBatches(world, states.slice(0, 2));
    play(world, "→ each_items RUNNING");
    endBatches(world, states.slice(2), 2);
    play(world, `→ ${expected}`);
    expect(world.find("each_items").outputs).toMatchObject({
      numberOfBatches: 3,
      iterations: { CREATED: 0, RUNNING: 0 },
    });
  });

  test("that does not wait succeeds once its batches exist", () => {
    const world = withBatches("wait: false");
    const { index: run } = world.find("each_items");
    for (const iteration of [0, 1, 2]) world.send({ type: "child-created", run, iteration });
    expect(world.find("each_items")).toMatchObject({
      state: "SUCCESS",
      outputs: { iterations: { RUNNING: 0, SUCCESS: 3 } },
    });
  });

  test("without batches ends with its merge, and without outputs", () => {
    const world = scenario(each());
    world.send({ type: "start", admission: "RUN" });
    endSplit(world);
    readLines(world, []);
    expect(world.find("each_items")).toMatchObject({ state: "SUCCESS" });
    expect(world.find("each_items").outputs).toBeUndefined();
    play(world, "each_merge ends SUCCESS → each SUCCESS, flow SUCCESS");
  });

  test("fails when its batches can't be read", () => {
    const world = scenario(each());
    world.send({ type: "start", admission: "RUN" });
    endSplit(world);
    world.send({ type: "child-refused", run: world.find("each_items").index, message: "gone" });
    expect(world.row.state).toBe("FAILED");
  });

  test("asks for the same executions again when the process was lost", () => {
    const world = withBatches();
    endBatches(world, ["SUCCESS", "SUCCESS"]);
    const before = world.children("create-child");
    world.crash();
    expect(world.effects.at(-1)).toMatchObject({ type: "read-lines", uri: "kestra:///splits.txt" });
    readLines(world);
    expect(world.children("create-child").slice(before.length)).toEqual(before);
    endBatches(world, ["SUCCESS", "SUCCESS", "SUCCESS"]);
    play(world, "each_merge ends SUCCESS → each SUCCESS, flow SUCCESS");
  });

  test("that is restarted goes on with the executions it has", () => {
    const world = withBatches();
    endBatches(world, ["SUCCESS", "FAILED", "SUCCESS"]);
    play(world, "restart → each_items RUNNING, each RUNNING, flow RUNNING");
    const before = world.children("create-child");
    readLines(world);
    expect(world.children("create-child").slice(before.length)).toEqual(before);
    endBatches(world, ["SUCCESS", "SUCCESS", "SUCCESS"]);
    play(world, "each_merge ends SUCCESS → each SUCCESS, flow SUCCESS");
  });

  test("that is killed kills its executions and waits for them", () => {
    const world = withBatches();
    endBatches(world, ["SUCCESS"]);
    play(world, "kill → each_items KILLING, each KILLING, flow KILLING");
    expect(world.children("kill-child")).toEqual(world.children("create-child"));
    endBatches(world, ["KILLED", "KILLED"], 1);
    play(world, "→ each_items KILLED, each KILLED, no each_merge, flow KILLED");
  });

  test("that is being killed when the process is lost asks how its executions ended, and counts each once", () => {
    const world = withBatches();
    endBatches(world, ["SUCCESS"]);
    play(world, "kill → each_items KILLING");
    play(world, "crash → each_items KILLING, flow KILLING");
    const asked = world.effects.flatMap((effect) => (effect.type === "find-child" ? effect.executionId : []));
    expect(asked).toEqual(world.children("create-child"));
    endBatches(world, ["SUCCESS", "KILLED"]);
    endBatches(world, ["SUCCESS", "KILLED"]);
    play(world, "→ each_items KILLING");
    const { index: run } = world.find("each_items");
    world.send({ type: "child-refused", run, iteration: 2, message: "it was never created" });
    play(world, "→ each_items KILLED, each KILLED, flow KILLED");
  });

  test("hears batches that end before it has asked for them again, and none of an earlier attempt", () => {
    const world = withBatches();
    play(world, "crash → each_items RUNNING");
    endBatches(world, ["SUCCESS", "SUCCESS"]);
    endBatch(world, 2, "FAILED", "of another attempt");
    play(world, "→ each_items RUNNING");
    endBatches(world, ["SUCCESS"], 2);
    play(world, "→ each_items SUCCESS, each_merge SUBMITTED");
    readLines(world);
    play(world, "→ each_items SUCCESS, each_merge SUBMITTED");
  });
});

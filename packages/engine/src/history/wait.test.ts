import { describe, expect, test } from "vitest";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";
import { waitsOf } from "./wait.ts";

const FLOW = "io.kestra.plugin.core.flow";
const A = "- {id: a, type: task}";

/** One line for each wait; dates in milliseconds from the beginning. */
function waits({ row, live, ...world }: Scenario): readonly string[] {
  const begin = row.createdAt;
  return waitsOf(row, rows({ row, live, ...world }), live.plan).map(({ kind, taskRun, since, until, text, goesOn }) => {
    const dates = until === undefined ? `${since - begin}` : `${since - begin}..${until - begin}`;
    return `${taskRun?.taskId ?? "flow"} ${dates} ${kind}: ${text}; until ${goesOn}`;
  });
}

const started = (source: string, table = "start →") => play(scenario(source), table);

describe("an execution waits for", () => {
  test.each([
    ["a worker", started(flowOf(A)), ["a 0 job: a worker to take its job; until a worker has a place for it"]],
    [
      "its job",
      started(flowOf(A), "start → a SUBMITTED\na starts → a RUNNING"),
      ["a 0 job: its job, which a worker runs; until the job ends"],
    ],
    [
      "its job, as long as its timeout",
      started(flowOf("- {id: a, type: task, timeout: PT7S}"), "start → a SUBMITTED\na starts → a RUNNING"),
      ["a 0..7000 job: its job, which a worker runs; until the job ends, or its timeout is over"],
    ],
    [
      "the next attempt",
      started(
        flowOf("- {id: a, type: task, retry: {type: constant, interval: PT9S, maxAttempts: 3}}"),
        "start → a SUBMITTED\na ends FAILED → a RETRYING",
      ),
      ["a 0..9000 timer: its next attempt; until its date comes"],
    ],
    [
      "a subflow",
      started(flowOf(`- {id: sub, type: ${FLOW}.Subflow, namespace: company.team, flowId: other}`)),
      [expect.stringMatching(/^sub 0 child: the subflow \w{22}; until it ends$/)],
    ],
    [
      "somebody to resume a Pause",
      started(flowOf(`- {id: p, type: ${FLOW}.Pause}\n${A}`)),
      ["p 0 person: somebody to resume it; until somebody resumes it"],
    ],
    [
      "somebody to resume a Pause before its timeout",
      started(flowOf(`- {id: p, type: ${FLOW}.Pause, timeout: PT5S}`)),
      ["p 0..5000 person: somebody to resume it; until somebody does, before its timeout"],
    ],
    [
      "the time of a Pause",
      started(flowOf(`- {id: p, type: ${FLOW}.Pause, pauseDuration: PT5S}`)),
      ["p 0..5000 timer: its pauseDuration; until its time is over, or somebody resumes it"],
    ],
    [
      "a review",
      started(flowOf(`- {id: ok, type: ${FLOW}.Approval}`)),
      ["ok 0 person: a review; until somebody approves or denies it"],
    ],
    [
      "a review that expires",
      started(flowOf(`- {id: ok, type: ${FLOW}.Approval, timeout: PT1M}`)),
      ["ok 0..60000 person: a review; until somebody approves or denies it, or it expires"],
    ],
    [
      "somebody to resume it as a whole, while what ran goes on",
      started(flowOf(A), "start → a SUBMITTED\npause → flow PAUSED"),
      [
        "flow 0 person: somebody to resume it: it was paused as a whole; until somebody resumes it",
        "a 0 job: a worker to take its job; until a worker has a place for it",
      ],
    ],
    [
      "what a kill stops",
      started(flowOf(A), "start → a SUBMITTED\nkill → flow KILLING"),
      ["a 0 job: what runs for it to stop; until that has stopped"],
    ],
    [
      "each of its lanes",
      started(flowOf(`- id: p\n  type: ${FLOW}.Parallel\n  tasks: [{id: a, type: task}, {id: b, type: task}]`)),
      [
        "a 0 job: a worker to take its job; until a worker has a place for it",
        "b 0 job: a worker to take its job; until a worker has a place for it",
      ],
    ],
    ["nothing, once it has ended", started(flowOf(A), "start → a SUBMITTED\na ends SUCCESS → flow SUCCESS"), []],
  ])("%s", (_what, world, expected) => {
    expect(waits(world)).toEqual(expected);
    // The rows alone tell it, so a process that was lost changes nothing.
    if (world.row.state !== "KILLING") world.crash();
    expect(waits(world).length).toBe(expected.length);
  });

  test("its slot", () => {
    const world = scenario(flowOf(A));
    world.send({ type: "start", admission: "QUEUE" });
    expect(waitsOf(world.row, rows(world))).toEqual([expect.objectContaining({ kind: "slot", since: world.now })]);
  });

  test("its date", () => {
    const world = scenario(flowOf(A));
    const row = { ...world.row, scheduleDate: world.now + 60_000 };
    expect(waitsOf(row, [])).toEqual([expect.objectContaining({ kind: "timer", until: world.now + 60_000 })]);
  });

  test("the next round of a LoopUntil, with the condition that did not hold", () => {
    const flow = flowOf(`- id: loop
  type: ${FLOW}.LoopUntil
  condition: "{{ outputs.a.value == 'done' }}"
  checkFrequency: {interval: PT30S}
  tasks: [{id: a, type: task}]`);
    const world = started(flow);
    world.send({ type: "task-ended", run: 1, outcome: { state: "SUCCESS", outputs: { value: "not yet" } } });
    const [wait] = waitsOf(world.row, rows(world), world.live.plan);
    expect(wait).toMatchObject({
      kind: "timer",
      until: world.now + 30_000,
      condition: {
        expression: "{{ outputs.a.value == 'done' }}",
        result: "false",
        values: { "outputs.a.value": '"not yet"' },
      },
    });
    play(world, "after 30000 → a SUBMITTED");
    expect(waitsOf(world.row, rows(world), world.live.plan).map(({ kind }) => kind)).toEqual(["job"]);
  });

  test("the batches of a ForEachItem", () => {
    const flow = flowOf(
      `- {id: each, type: ${FLOW}.ForEachItem, items: "kestra:///i.txt", namespace: company.team, flowId: other}`,
    );
    const world = started(flow);
    const outcome = { state: "SUCCESS", outputs: { splits: "kestra:///s.txt" } } as const;
    world.send({ type: "task-ended", run: world.find("each_split").index, outcome });
    const items = world.find("each_items").index;
    expect(waits(world)).toEqual(["each_items 0 value: the list of its batches; until the list is read"]);
    world.send({ type: "lines-read", run: items, lines: ["one", "two"] });
    expect(waits(world)).toEqual(["each_items 0 child: the subflows of its 2 batches; until all of them have ended"]);
  });

  test("what runs after its end", () => {
    const world = started(
      `${flowOf(A)}\nafterExecution: [{id: after, type: task}]`,
      "start → a SUBMITTED\na ends SUCCESS → flow SUCCESS",
    );
    expect(waits(world)).toEqual(["after 0 job: a worker to take its job; until a worker has a place for it"]);
  });
});

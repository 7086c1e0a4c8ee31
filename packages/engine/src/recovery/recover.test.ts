import { describe, expect, test } from "vitest";
import { replayRows } from "./restart.ts";
import { flowOf, goOn, play, rows, scenario, type Scenario } from "../testing/scenario.ts";

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

describe("a crash while an execution is being stopped", () => {
  const two = flowOf(`- id: p
  type: io.kestra.plugin.core.flow.Parallel
  tasks: [{id: a, type: task}, {id: b, type: task}]
- {id: never, type: task}`);

  test("gives no killed task out again: their workers are gone, so they have stopped", () => {
    const world = play(
      scenario(two),
      `start         → a SUBMITTED, b SUBMITTED
       a starts      → a RUNNING
       kill          → a KILLING, b KILLING, flow KILLING
       b ends KILLED → b KILLED, flow KILLING
       crash         → a KILLED, p KILLED, no never, flow KILLED`,
    );
    expect(world.effects.filter(({ type }) => type === "run-task")).toHaveLength(2);
  });

  test("remembers that an SLA, not a person, stops it", () => {
    const rest = `sla: [{id: quick, type: MAX_DURATION, duration: PT1S, behavior: CANCEL}]`;
    play(
      scenario(flowOf("- {id: a, type: task}\n- {id: never, type: task}", rest)),
      `start      → a SUBMITTED
       after 2000 → a KILLING, flow RUNNING
       crash      → a CANCELLED, no never, flow CANCELLED`,
    );
  });

  test("numbers the attempt that a worker was given, even if it never began", () => {
    const world = play(
      scenario(flowOf("- {id: a, type: task}")),
      `start         → a SUBMITTED
       a starts      → a RUNNING
       crash         → a SUBMITTED
       kill          → a KILLING
       a ends KILLED → a KILLED, flow KILLED`,
    );
    expect(world.effects.flatMap((effect) => (effect.type === "kill-task" ? [effect.attempt] : []))).toEqual([2]);
    expect(world.find("a").attempts.map(({ state }) => state)).toEqual(["RESUBMITTED", "KILLED"]);
  });
});

describe("a crash while a flowable waits", () => {
  test("counts a round of a LoopUntil once", () => {
    const flow = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.LoopUntil
  condition: "{{ false }}"
  checkFrequency: {maxIterations: 3, interval: PT1S}
  tasks: [{id: a, type: task}]`);
    const world = play(
      scenario(flow),
      `start          → a SUBMITTED
       a ends SUCCESS → l RUNNING
       crash          → l RUNNING, a SUCCESS
       after 1000     → a SUBMITTED
       crash          → a SUBMITTED
       a ends SUCCESS → l RUNNING
       crash          → l RUNNING
       after 1000     → a SUBMITTED
       a ends SUCCESS → l SUCCESS, flow SUCCESS`,
    );
    expect(world.find("l").outputs).toEqual({ iterationCount: 3 });
  });
});

describe("a crash after the end", () => {
  test("goes on with what comes after it, where it was", () => {
    const rest = "afterExecution: [{id: x, type: task}, {id: y, type: task}]";
    play(
      scenario(flowOf("- {id: a, type: task}", rest)),
      `start          → a SUBMITTED
       a ends SUCCESS → flow SUCCESS, x SUBMITTED
       crash          → x SUBMITTED, no y
       x ends SUCCESS → y SUBMITTED
       crash          → x SUCCESS, y SUBMITTED, flow SUCCESS
       y ends FAILED  → y FAILED, flow SUCCESS`,
    );
  });
});

describe("a pause", () => {
  test("of what waits for its slot is no pause: it would pass the queue when resumed", () => {
    const world = scenario(flowOf("- {id: a, type: task}"));
    world.send({ type: "start", admission: "QUEUE" });
    play(world, `pause → flow QUEUED`);
    world.send({ type: "dequeue", state: "RUNNING" });
    play(world, `pause → flow PAUSED`);
  });
});

describe("several changes of state within one turn", () => {
  test("are told each with its own state and place in the history", () => {
    const world = play(
      scenario(flowOf("- {id: p, type: io.kestra.plugin.core.flow.Pause}")),
      `start  → flow PAUSED
       resume → flow SUCCESS`,
    );
    const told = world.effects.flatMap((effect) => (effect.type === "state-changed" ? [effect] : []));
    expect(told.map(({ position }) => world.row.history[position]?.state)).toEqual(told.map(({ state }) => state));
    expect(told.at(-1)?.state).toBe("SUCCESS");
  });
});

describe("a crash while a pause holds others back", () => {
  test("forgets no lane that had not begun", () => {
    const flow = flowOf(`- id: each
  type: ${FLOW}.ForEach
  values: ["1", "2", "3"]
  concurrencyLimit: 2
  tasks: [{id: p, type: ${FLOW}.Pause, pauseDuration: PT1S}]`);
    play(
      scenario(flow),
      `start      → p@1 PAUSED, no p@2
       after 1000 → p@1 SUCCESS, p@3 PAUSED, no p@2
       crash      → p@3 PAUSED, no p@2
       after 1000 → p@3 SUCCESS, p@2 PAUSED
       after 1000 → p@2 SUCCESS, flow SUCCESS`,
    );
  });

  test("starts nothing beside a failure that is still to be decided about", () => {
    const flow = flowOf(`- id: all
  type: ${FLOW}.Parallel
  concurrent: 2
  tasks: [{id: a, type: task}, {id: p, type: ${FLOW}.Pause}, {id: b, type: task}]
  errors: [{id: e, type: task}]`);
    play(
      scenario(flow),
      `start         → a SUBMITTED, p PAUSED, flow PAUSED
       a ends FAILED → no e, no b, flow PAUSED
       crash         → no e, no b, flow PAUSED
       resume        → e SUBMITTED, no b`,
    );
  });
});

describe("a retry with a new execution that may not start", () => {
  /** Before anybody has decided about it. */
  const retried = () => {
    const retry = "retry: {type: constant, interval: PT0S, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}";
    const world = play(
      scenario(flowOf(`- {id: s, type: ${FLOW}.Sequential, tasks: [{id: a, type: task, ${retry}}]}`)),
      `start         → a SUBMITTED
       a ends FAILED → a RETRIED, s RETRIED, flow RETRIED`,
    );
    const target = world.find("a");
    const replay = { id: "retry", now: world.now, newId: () => "run", retryAt: world.now };
    goOn(world, replayRows(world.live.plan, world.row, rows(world), target, replay));
    return play(world, "→ a CREATED, s RUNNING");
  };

  test("ends with the task runs that it took over", () => {
    const world = retried();
    world.send({ type: "start", admission: "FAIL" });
    play(world, "→ a FAILED, s FAILED, flow FAILED");
  });

  test("stays in the queue when the process is lost, until it has a slot", () => {
    const world = retried();
    world.send({ type: "start", admission: "QUEUE" });
    play(world, "crash → a CREATED, flow QUEUED");
    world.send({ type: "dequeue", state: "RUNNING" });
    play(world, "→ a SUBMITTED, flow RUNNING");
  });
});

function endChild(world: Scenario, taskId: string, state: "SUCCESS" | "FAILED"): void {
  const { index: run } = world.find("w");
  world.send({ type: "group-child-ended", run, taskId, startedAt: world.now, outcome: { state } });
}

test("what is decided about a failure once a pause is over is decided also after a crash under that pause", () => {
  const pauses = `[{id: p, type: ${FLOW}.Pause, timeout: PT30S}, {id: q, type: ${FLOW}.Pause, timeout: PT30S}]`;
  const both = `- {id: both, type: ${FLOW}.Parallel, onChildFailure: CONTINUE, tasks: ${pauses}, errors: [{id: e, type: task}]}`;
  play(
    scenario(flowOf(both)),
    `start          → p PAUSED
     after 30000    → p FAILED, e SUBMITTED
     e ends SUCCESS → both FAILED, flow FAILED
     restart        → q PAUSED, p CREATED
     after 30000    → q FAILED, e SUBMITTED, p PAUSED
     e ends SUCCESS → both RUNNING, p PAUSED, flow PAUSED
     crash          → both RUNNING, p PAUSED, flow PAUSED
     after 30000    → p FAILED, both FAILED, flow FAILED`,
  );
});

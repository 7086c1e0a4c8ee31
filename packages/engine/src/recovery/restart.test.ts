import { describe, expect, test } from "vitest";
import { changedRows, replayRows, restartRows } from "./restart.ts";
import { restoreLive } from "./recover.ts";
import { flowOf, goOn, play, rows, scenario, type Scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";

describe("a restart", () => {
  test("runs what failed again in the same execution, and forgets what ran because of it", () => {
    const rest = "errors: [{id: e, type: task}]\nfinally: [{id: f, type: task}]\nafterExecution: [{id: x, type: task}]";
    const world = play(
      scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}", rest)),
      `start          → a SUBMITTED
       a ends SUCCESS → b SUBMITTED
       b ends FAILED  → e SUBMITTED
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → flow FAILED, x SUBMITTED
       x ends SUCCESS → flow FAILED
       restart        → b SUBMITTED, no e, no f, no x, flow RUNNING
       b ends SUCCESS → f SUBMITTED
       f ends SUCCESS → flow SUCCESS, x SUBMITTED`,
    );
    expect(world.find("b").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
    expect(world.row.labels).toContainEqual({ key: "system.restarted", value: "true" });
  });

  test.each([
    ["first", "a ends FAILED → around WARNING, b SUBMITTED, flow RUNNING", "b ends SUCCESS → flow WARNING, c SUCCESS"],
    ["last", "b ends SUCCESS → b SUCCESS, a SUBMITTED, no c", "a ends SUCCESS → around SUCCESS, c SUBMITTED"],
  ])(
    "runs a failure that was allowed again beside the one that was not, and waits for both (%s)",
    (_which, one, other) => {
      const flow = flowOf(`- {id: around, type: ${FLOW}.AllowFailure, tasks: [{id: a, type: task}]}
- {id: b, type: task}
- {id: c, type: task}`);
      play(
        scenario(flow),
        `start          → a SUBMITTED
       a ends FAILED  → around WARNING, b SUBMITTED
       b ends FAILED  → flow FAILED, no c
       restart        → a SUBMITTED, b SUBMITTED, around RUNNING, flow RUNNING
       ${one}
       ${other.replace("flow WARNING, c SUCCESS", "c SUBMITTED")}`,
      );
    },
  );

  test("goes on with the iteration that failed", () => {
    const flow = flowOf(`- id: each
  type: ${FLOW}.ForEach
  values: ["x", "y", "z"]
  tasks: [{id: a, type: task}, {id: b, type: task}]`);
    play(
      scenario(flow),
      `start            → a@x SUBMITTED
       a@x ends SUCCESS → b@x SUBMITTED
       b@x ends SUCCESS → a@y SUBMITTED
       a@y ends FAILED  → each FAILED, no b@y, flow FAILED
       restart          → a@y SUBMITTED, each RUNNING, flow RUNNING
       a@y ends SUCCESS → b@y SUBMITTED
       b@y ends SUCCESS → a@z SUBMITTED
       a@z ends SUCCESS → b@z SUBMITTED
       b@z ends SUCCESS → each SUCCESS, flow SUCCESS`,
    );
  });

  test("runs a WorkingDirectory again as a whole", () => {
    const flow = flowOf(`- {id: w, type: ${FLOW}.WorkingDirectory, tasks: [{id: a, type: task}, {id: b, type: task}]}`);
    const world = play(scenario(flow), "start → w RUNNING");
    endGroupChild(world, "a", "SUCCESS");
    endGroupChild(world, "b", "FAILED");
    play(
      world,
      `w ends FAILED → w FAILED, a SUCCESS, b FAILED, flow FAILED
       restart       → w RUNNING, no a, no b, flow RUNNING`,
    );
    endGroupChild(world, "a", "SUCCESS");
    endGroupChild(world, "b", "SUCCESS");
    play(world, "w ends SUCCESS → w SUCCESS, a SUCCESS, b SUCCESS, flow SUCCESS");
  });

  test("gives a loop that had reached its maximum duration all of that time again", () => {
    const flow = flowOf(`- id: l
  type: ${FLOW}.LoopUntil
  condition: "false"
  failOnMaxReached: true
  checkFrequency: {interval: PT1S, maxDuration: PT2S}
  tasks: [{id: a, type: task}]`);
    const world = play(scenario(flow), "start → a SUBMITTED\nafter 5000 → a SUBMITTED\na ends SUCCESS → l FAILED");
    const rounds = `→ l RUNNING, flow RUNNING
      after 1000     → a SUBMITTED
      a ends SUCCESS → l RUNNING
      after 1001     → a SUBMITTED
      a ends SUCCESS → l FAILED, flow FAILED`;
    play(world, `restart ${rounds}`);
    play(world, "after 60000 → flow FAILED");
    goOn(world, replay(world, "l"));
    play(world, `→ a SUBMITTED\na ends SUCCESS ${rounds}`);
  });

  test("looks again at a loop that had reached its limit", () => {
    const flow = flowOf(`- id: l
  type: ${FLOW}.LoopUntil
  condition: "{{ outputs.a.done ?? false }}"
  failOnMaxReached: true
  checkFrequency: {interval: PT1S, maxIterations: 1}
  tasks: [{id: a, type: task}]`);
    play(
      scenario(flow),
      `start          → a SUBMITTED
       a ends SUCCESS → l FAILED, flow FAILED
       restart        → l FAILED, flow FAILED`,
    );
  });

  const subflow = (more = "") =>
    flowOf(`- {id: sub, type: ${FLOW}.Subflow, namespace: company.team, flowId: other${more}}`);

  test("restarts the child that failed", () => {
    const world = play(
      scenario(subflow()),
      `start                   → sub RUNNING
       sub's child ends FAILED → sub FAILED, flow FAILED
       restart                 → sub RUNNING`,
    );
    const [first, second] = world.children("create-child");
    expect(second).toBe(first);
    expect(world.effects.findLast(({ type }) => type === "create-child")).toMatchObject({
      request: { restart: true },
    });
  });

  test("makes another child when it is asked to", () => {
    const world = play(
      scenario(subflow(", restartBehavior: NEW_EXECUTION")),
      `start                   → sub RUNNING
       sub's child ends FAILED → sub FAILED, flow FAILED
       restart                 → sub RUNNING`,
    );
    const [first, second] = world.children("create-child");
    expect(second).not.toBe(first);
  });
});

describe("a restart that its flow's concurrency limit", () => {
  const failed = () =>
    play(
      scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}", "concurrency: {limit: 1}")),
      "start → a SUBMITTED\na ends SUCCESS → b SUBMITTED\nb ends FAILED → flow FAILED",
    );
  const restarted = (world: Scenario) => restartRows(world.live.plan, world.row, rows(world), world.now);
  const history = ({ row }: Scenario) => row.history.map(({ state }) => state).join(" ");

  test("has wait goes on when its slot is free", () => {
    const world = failed();
    goOn(world, restarted(world), "QUEUE");
    play(world, "→ b CREATED, flow QUEUED\ncrash → b CREATED, flow QUEUED\npause → flow QUEUED");
    world.send({ type: "dequeue", state: "RUNNING" });
    play(world, "→ b SUBMITTED, flow RUNNING\nb ends SUCCESS → flow SUCCESS");
    expect(history(world)).toBe("CREATED RUNNING FAILED RESTARTED QUEUED RUNNING SUCCESS");
    expect(world.find("b").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  });

  test("has wait can be killed meanwhile", () => {
    const world = failed();
    goOn(world, restarted(world), "QUEUE");
    play(world, "kill → a SUCCESS, b KILLED, flow KILLED");
  });

  test.each([
    ["CANCEL", "CANCELLED"],
    ["FAIL", "FAILED"],
  ] as const)("answers with %s ends %s, and can be restarted once more", (admission, state) => {
    const world = failed();
    goOn(world, restarted(world), admission);
    play(world, `→ b ${state}, flow ${state}\nrestart → b SUBMITTED, flow RUNNING\nb ends SUCCESS → flow SUCCESS`);
  });

  test("is yet to decide about asks for it again after a crash", () => {
    const world = failed();
    const { row, taskRuns } = restarted(world);
    world.live = restoreLive(world.live.plan, row, taskRuns);
    world.send({ type: "recover" });
    expect(world.effects.at(-1)).toEqual({ type: "admit" });
    expect(world.live.state).toBe("RESTARTED");
  });
});

describe("a replay from a task run", () => {
  test("of a paused execution keeps what ended beside it, and begins what had not ended anew", () => {
    const world = play(
      scenario(
        flowOf(`- id: par
  type: ${FLOW}.Parallel
  tasks: [{id: a, type: task}, {id: p, type: ${FLOW}.Pause}, {id: c, type: task}]`),
      ),
      `start          → a SUBMITTED, p PAUSED, flow PAUSED, no c
       a ends SUCCESS → flow PAUSED`,
    );
    const replayed = replay(world, "p");
    expect(replayed.taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual([
      "par RUNNING",
      "a SUCCESS",
      "p RESTARTED",
    ]);
  });

  const parallel = flowOf(`- id: each
  type: ${FLOW}.EachParallel
  value: ["x", "y"]
  tasks: [{id: s, type: ${FLOW}.Sequential, tasks: [{id: a, type: task}, {id: b, type: task}]}]
- {id: last, type: task}`);

  test("keeps the branches beside it and forgets what followed", () => {
    const world = scenario(parallel);
    world.send({ type: "start", admission: "RUN" });
    endAll(world);
    expect(world.row.state).toBe("SUCCESS");
    const replayed = replay(world, "s@x");
    expect(replayed.taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual([
      "each RUNNING",
      "s RESTARTED",
      "s SUCCESS",
      "a SUCCESS",
      "b SUCCESS",
    ]);
    goOn(world, replayed);
    endAll(world);
    expect(world.row.state).toBe("SUCCESS");
    expect(world.runs.size).toBe(8);
  });

  test("of a Dag forgets what depends on it alone", () => {
    const dag = flowOf(`- id: d
  type: ${FLOW}.Dag
  tasks:
    - {task: {id: a, type: task}}
    - {task: {id: b, type: task}}
    - {task: {id: c, type: task}, dependsOn: [a]}
    - {task: {id: e, type: task}, dependsOn: [c]}`);
    const world = scenario(dag);
    world.send({ type: "start", admission: "RUN" });
    endAll(world);
    const replayed = replay(world, "a");
    expect(replayed.taskRuns.map(({ taskId }) => taskId)).toEqual(["d", "a", "b"]);
  });

  test("takes over how the execution came there, so that it started when the other did, and begins now", () => {
    const world = scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}"));
    const began = world.now;
    world.send({ type: "start", admission: "RUN" });
    endAll(world);
    world.now += 3_600_000;
    const { row, taskRuns } = replay(world, "b");
    expect(row.history.map(({ state }) => state)).toEqual(["CREATED", "RUNNING", "SUCCESS", "RESTARTED"]);
    expect([row.history[0]!.date, row.createdAt]).toEqual([began, world.now]);
    expect(taskRuns.map(({ history }) => history.map(({ state }) => state).join(" "))).toEqual([
      "CREATED SUBMITTED RUNNING SUCCESS",
      "CREATED SUBMITTED RUNNING SUCCESS RESTARTED",
    ]);
  });

  test("is a new execution of the same chain; a retry also takes its place before the parent", () => {
    const world = scenario(flowOf("- {id: a, type: task}"));
    world.send({ type: "start", admission: "RUN" });
    endAll(world);
    world.row = { ...world.row, parent: { executionId: "p", taskRun: 0 } };
    const { originalId, id } = world.row;
    expect(replay(world, "a").row).toMatchObject({ originalId, replayOf: id, attemptNumber: 2 });
    expect(replay(world, "a").row.parent).toBeUndefined();
    expect(replay(world, "a", world.now + 1000).row).toMatchObject({
      parent: { executionId: "p", taskRun: 0 },
      retriesSince: world.row.createdAt,
    });
  });
});

test("a retry with a new execution waits for its time, and counts from the first of its chain", () => {
  const retry = "retry: {behavior: CREATE_NEW_EXECUTION, type: constant, interval: PT2S, maxDuration: PT5S}";
  const world = scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}", retry));
  play(world, "start → a SUBMITTED\na ends SUCCESS → b SUBMITTED\nb ends FAILED → b RETRIED, flow RETRIED");
  for (const last of [false, true]) {
    const { at } = world.effects.findLast((effect) => effect.type === "replay")!;
    expect(at).toBe(world.now + 2000);
    goOn(world, replay(world, "b", at));
    play(world, "→ a SUCCESS, b CREATED, flow CREATED\nafter 2000 → flow CREATED");
    world.send({ type: "start", admission: "RUN" });
    play(world, `→ b SUBMITTED, flow RUNNING\nb ends FAILED → flow ${last ? "FAILED" : "RETRIED"}`);
  }
});

test("a task run that is given another end has its ancestors open and all the others kept", () => {
  const world = scenario(
    flowOf(`- {id: s, type: ${FLOW}.Sequential, tasks: [{id: a, type: task}]}\n- {id: b, type: task}`),
  );
  play(world, "start → a SUBMITTED\na ends FAILED → s FAILED, flow FAILED");
  const changed = changedRows(world.live.plan, world.row, rows(world), {
    target: world.find("a"),
    state: "SUCCESS",
    now: world.now,
  });
  expect(changed.taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["s RUNNING", "a SUCCESS"]);
  expect(changed.taskRuns[1]!.attempts.map(({ state }) => state)).toEqual(["SUCCESS"]);
  expect(changed.row).toMatchObject({ state: "RESTARTED", attemptNumber: 2 });
  play(goOn(world, changed), "b ends SUCCESS → s SUCCESS, flow SUCCESS");
});

function replay(world: Scenario, name: string, retryAt?: number) {
  let ids = 0;
  return replayRows(world.live.plan, world.row, rows(world), world.find(name), {
    id: "replayed",
    now: world.now,
    newId: () => `run-${(ids += 1)}`,
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}

function endAll(world: Scenario): void {
  for (;;) {
    const open = rows(world).find(({ state }) => state === "SUBMITTED");
    if (open === undefined) return;
    world.send({ type: "task-ended", run: open.index, outcome: { state: "SUCCESS" } });
  }
}

function endGroupChild(world: Scenario, taskId: string, state: "SUCCESS" | "FAILED"): void {
  const { index: run } = world.find("w");
  world.send({ type: "group-child-ended", run, taskId, startedAt: world.now, outcome: { state } });
}

test("a replay from what a Pause runs meanwhile begins with the Pause", () => {
  const pause = `- {id: p, type: ${FLOW}.Pause, onPause: {id: hook, type: task}}\n- {id: b, type: task}`;
  const world = play(scenario(flowOf(pause)), "start → p PAUSED, hook SUBMITTED");
  play(world, "hook ends FAILED → p PAUSED");
  const replay = { id: "replayed", now: world.now, newId: () => "fresh" };
  goOn(world, replayRows(world.live.plan, world.row, rows(world), world.find("hook"), replay));
  play(world, "→ p PAUSED, hook SUBMITTED, flow PAUSED");
  expect([...world.runs.values()].map(({ taskId }) => taskId)).toEqual(["p", "hook"]);
});

test("a Pause that ended while it was paused begins anew, with what it runs meanwhile", () => {
  const pause = `- {id: p, type: ${FLOW}.Pause, timeout: PT5S, onPause: {id: hook, type: task}}`;
  const world = play(
    scenario(flowOf(pause)),
    `start             → p PAUSED, hook SUBMITTED
     hook ends SUCCESS → p PAUSED
     after 5000        → p FAILED, flow FAILED
     restart           → p PAUSED, hook SUBMITTED, flow PAUSED
     resume            → p RUNNING
     hook ends SUCCESS → p SUCCESS, flow SUCCESS`,
  );
  expect([...world.runs.values()].map(({ taskId }) => taskId)).toEqual(["p", "hook"]);
});

describe("a LoopUntil that waited for its next round", () => {
  const loop = flowOf(
    `- {id: l, type: ${FLOW}.LoopUntil, condition: "{{ false }}", checkFrequency: {maxIterations: 3, interval: PT10S}, tasks: [{id: a, type: task}]}`,
  );
  const waiting = () =>
    play(
      scenario(loop),
      `start          → a SUBMITTED
       a ends SUCCESS → l RUNNING`,
    );

  test("goes on with it when it is restarted after a kill", () => {
    play(
      waiting(),
      `kill           → l KILLED, flow KILLED
       after 10000    → l KILLED, flow KILLED
       restart        → l RUNNING, flow RUNNING
       after 0        → a SUBMITTED
       a ends SUCCESS → l RUNNING
       after 10000    → a SUBMITTED
       a ends SUCCESS → l SUCCESS, flow SUCCESS`,
    );
  });

  test("begins one round, however often its timer fires", () => {
    const world = play(waiting(), "after 10000 → a SUBMITTED");
    const first = [...world.runs.values()].find(({ taskId }) => taskId === "a");
    world.send({ type: "timer", key: "task:0:round" });
    play(world, "a ends SUCCESS → l RUNNING");
    world.send({ type: "timer", key: "task:0:round" });
    expect([...world.runs.values()].map(({ index }) => index)).toEqual([0, first!.index]);
  });

  test("does not wait longer because the process was lost", () => {
    play(
      waiting(),
      `after 4000 → l RUNNING
       crash      → l RUNNING
       after 6000 → a SUBMITTED`,
    );
  });

  test("ends with the task from which it is replayed", () => {
    const world = waiting();
    world.effects.length = 0;
    const replay = { id: "replayed", now: world.now, newId: () => "fresh" };
    goOn(world, replayRows(world.live.plan, world.row, rows(world), world.find("a"), replay));
    play(
      world,
      `→ a SUBMITTED, l RUNNING
       a ends SUCCESS → l RUNNING
       after 10000    → a SUBMITTED`,
    );
  });
});

import { describe, expect, test } from "vitest";
import { flowOf, play, rows, scenario, type Scenario } from "../testing/scenario.ts";
import { historyOf, type HistoryEntry } from "./history.ts";
import { NOTES_MAX, noted } from "./note.ts";

const RETURN = "type: task";

/** One line an entry: milliseconds since the beginning, who, the change, and why. */
function told(world: Scenario): readonly string[] {
  return historyOf(world.row, rows(world), world.live.plan).map((entry) => lineOf(world, entry));
}

function lineOf({ row }: Scenario, { at, taskRun, attempt, from, to, why }: HistoryEntry): string {
  const who = taskRun === undefined ? "flow" : `${taskRun.taskId}${attempt === undefined ? "" : `#${attempt}`}`;
  const change = to === undefined ? "" : ` ${from === undefined ? "" : `${from} → `}${to}`;
  const by = why?.by === undefined ? "" : ` by ${why.by}`;
  return `${at - row.createdAt} ${who}${change}${why === undefined ? "" : `: ${why.code}, ${why.text}${by}`}`;
}

test("what happened in one millisecond is told in the order of the tree", () => {
  const flow = flowOf(`- id: s
  type: io.kestra.plugin.core.flow.Sequential
  tasks:
    - {id: a, ${RETURN}}
    - {id: b, ${RETURN}}`);
  const world = play(scenario(flow), "start → a SUBMITTED\na starts → a RUNNING\na ends SUCCESS → b SUBMITTED");
  play(world, "b ends SUCCESS → flow SUCCESS");
  expect(told(world)).toEqual([
    "0 flow CREATED: created, it was started by the API",
    "0 flow CREATED → RUNNING",
    "0 s CREATED",
    "0 s CREATED → RUNNING",
    "0 a CREATED",
    "0 a#1 CREATED → SUBMITTED",
    "0 a#1 SUBMITTED → RUNNING",
    "0 a#1 RUNNING → SUCCESS",
    "0 b CREATED",
    "0 b#1 CREATED → SUBMITTED",
    "0 b#1 SUBMITTED → RUNNING",
    "0 b#1 RUNNING → SUCCESS",
    "0 s RUNNING → SUCCESS",
    "0 flow RUNNING → SUCCESS",
  ]);
});

test("what happened after the clock was set back is told, too", () => {
  const world = play(scenario(flowOf(`- {id: a, ${RETURN}}`)), "start → a SUBMITTED");
  world.now -= 3_600_000;
  play(world, "a ends SUCCESS → flow SUCCESS");
  expect(told(world)).toContain("-3600000 flow RUNNING → SUCCESS");
});

test("a retry tells the error of each attempt and its next date, and the last that none is left", () => {
  const flow = flowOf(`- {id: a, ${RETURN}, retry: {type: constant, interval: PT10S, maxAttempts: 2}}`);
  const world = play(scenario(flow), "start → a SUBMITTED");
  world.now += 100;
  const failure = (message: string) => ({ state: "FAILED" as const, error: { message } });
  world.send({ type: "task-ended", run: 0, outcome: failure("no route") });
  play(world, "after 10000 → a SUBMITTED");
  world.send({ type: "task-ended", run: 0, outcome: failure("refused") });
  const entries = historyOf(world.row, rows(world), world.live.plan);
  expect(entries.find(({ to }) => to === "RETRYING")?.why?.until).toBe(world.row.createdAt + 10_100);
  expect(told(world).filter((line) => /retry|attempt/.test(line))).toEqual([
    "100 a#1 RUNNING → RETRYING: retry, task `a` failed: no route (attempt 1 of 2)",
    "100 flow RUNNING → RETRYING: retry, an attempt of `a` failed and is followed by another",
    "10100 flow RETRYING → RUNNING: retry-due, the date of the next attempt came",
    "10100 a RETRYING → CREATED: retry-due, the date of the next attempt came",
    "10100 a#2 RUNNING → FAILED: no-attempt-left, all 2 attempts failed: task `a` failed: refused",
  ]);
});

describe("a skipped task tells its condition", () => {
  const skipped = (world: Scenario) => {
    play(world, "start → ");
    return historyOf(world.row, rows(world), world.live.plan).find(({ to }) => to === "SKIPPED")?.why;
  };

  test("with the values that it read", () => {
    const flow = flowOf(
      `- {id: a, ${RETURN}, runIf: "{{ inputs.n > 3 and inputs.name == 'x' and vars.list }}"}`,
      "inputs: [{id: n, type: INT}, {id: name, type: STRING}]\nvariables: {list: [1, 2]}",
    );
    expect(skipped(scenario(flow, { n: 2, name: "Ada" }))).toEqual({
      code: "run-if-false",
      text: "its runIf does not hold",
      condition: {
        expression: "{{ inputs.n > 3 and inputs.name == 'x' and vars.list }}",
        result: "false",
        values: { "inputs.n": "2", "inputs.name": '"Ada"', "vars.list": "a list of 2" },
      },
    });
  });

  test("and hides the value of a secret input, and texts that contain it", () => {
    const flow = flowOf(
      `- {id: a, ${RETURN}, runIf: "{{ inputs.key == 'x' and vars.copy == inputs.key }}"}`,
      "inputs: [{id: key, type: SECRET}]\nvariables: {copy: 'is hunter2'}",
    );
    const why = skipped(scenario(flow, { key: "hunter2" }));
    expect(JSON.stringify(why)).not.toContain("hunter2");
    expect(why?.condition?.values).toEqual({ "inputs.key": "******", "vars.copy": '"is ******"' });
  });

  test("and hides each value of a list of secrets", () => {
    const flow = flowOf(
      `- {id: a, ${RETURN}, runIf: "{{ inputs.keys[0] == 'x' or vars.copy == 'x' }}"}`,
      "inputs: [{id: keys, type: ARRAY, itemType: SECRET}]\nvariables: {copy: 'is hunter2'}",
    );
    const why = skipped(scenario(flow, { keys: ["hunter1", "hunter2"] }));
    expect(JSON.stringify(why)).not.toMatch(/hunter/);
  });

  test("and hides the outputs of tasks that read a secret, or outputs of such tasks", () => {
    const flow = flowOf(`- {id: a, ${RETURN}, format: "{{ secret('KEY') }}"}
- {id: b, ${RETURN}, format: "{{ outputs.a.value }}"}
- {id: c, ${RETURN}, format: "plain"}
- {id: d, ${RETURN}, runIf: "{{ outputs.a.value == outputs.b.value and outputs.c.value == '' and false }}"}`);
    const world = play(scenario(flow), "start → a SUBMITTED");
    for (const run of [0, 1, 2])
      world.send({ type: "task-ended", run, outcome: { state: "SUCCESS", outputs: { value: `hunter${run}` } } });
    const why = historyOf(world.row, rows(world), world.live.plan).find(({ to }) => to === "SKIPPED")?.why;
    expect(why?.condition?.values).toEqual({
      "outputs.a.value": "******",
      "outputs.b.value": "******",
      "outputs.c.value": '"hunter2"',
    });
  });

  test("no more than ten values, each cut", () => {
    const names = Array.from({ length: 12 }, (_, index) => `v${index}`);
    const flow = flowOf(
      `- {id: a, ${RETURN}, runIf: "{{ ${names.map((name) => `vars.${name}`).join(" ~ ")} ? '' : '' }}"}`,
      `variables: {${names.map((name) => `${name}: ${"x".repeat(name === "v0" ? 20_000 : 101)}`).join(", ")}}`,
    );
    const values = skipped(scenario(flow))?.condition?.values ?? {};
    expect(Object.keys(values)).toHaveLength(10);
    expect(values["vars.v0"]).toBe("a text of 20000 characters");
    expect(values["vars.v1"]).toBe(`"${"x".repeat(100)}…"`);
  });
});

test("a failure that is allowed is told as what became of it", () => {
  const flow = flowOf(`- {id: a, ${RETURN}, allowFailure: true}
- {id: b, ${RETURN}, allowFailure: true, allowWarning: true}`);
  const world = play(scenario(flow), "start → a SUBMITTED\na ends FAILED → b SUBMITTED\nb ends FAILED → flow WARNING");
  expect(told(world).filter((line) => line.includes("allowed") || line.startsWith("0 flow RUNNING"))).toEqual([
    "0 a#1 RUNNING → WARNING: failure-allowed, allowFailure made a warning of the failure: task `a` failed",
    "0 b#1 RUNNING → SUCCESS: warning-allowed, allowWarning made a success of FAILED",
    "0 flow RUNNING → WARNING: warning-below, `a` ended with a warning",
  ]);
});

describe("who did something is told", () => {
  const TASK = flowOf(`- {id: a, ${RETURN}}`);

  test("of a kill, a pause and a resume", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    world.send({ type: "pause", by: "ada" });
    world.send({ type: "resume", by: "grace" });
    world.send({ type: "kill", by: "linus" });
    play(world, "a ends KILLED → flow KILLED");
    expect(told(world).filter((line) => line.startsWith("0 flow"))).toEqual([
      "0 flow CREATED: created, it was started by the API",
      "0 flow CREATED → RUNNING",
      "0 flow RUNNING → PAUSED: paused, it was paused as a whole by ada",
      "0 flow PAUSED → RESTARTED: resumed, it was resumed by grace",
      "0 flow RESTARTED → RUNNING",
      "0 flow RUNNING → KILLING: killed, it was killed by linus",
      "0 flow KILLING → KILLED: killed, it was killed by linus",
    ]);
  });

  test("of a kill once, and not of one that does nothing", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED\nkill → flow KILLING\nkill → flow KILLING");
    play(world, "a ends KILLED → flow KILLED");
    expect(world.row.notes).toEqual([{ at: world.now, code: "killed" }]);
  });

  test("of a child that was killed with its parent", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    world.send({ type: "kill", parent: "the-parent" });
    expect(historyOf(world.row, rows(world)).find(({ to }) => to === "KILLING")?.why).toEqual({
      code: "killed",
      text: "the execution that waits for it was killed",
      executionIds: ["the-parent"],
    });
  });

  test("of an end of a Pause", () => {
    const pause = flowOf("- {id: p, type: io.kestra.plugin.core.flow.Pause}");
    const world = play(scenario(pause), "start → p PAUSED");
    world.now += 7;
    world.send({ type: "resume", by: "ada" });
    expect(told(world).filter((line) => line.includes("resume"))).toEqual([
      "7 flow PAUSED → RESTARTED: resumed, it was resumed by ada",
      "7 p PAUSED → SUCCESS: resumed, it was resumed by ada",
    ]);
  });

  test("or that it was the time", () => {
    const pause = flowOf("- {id: p, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT5S}");
    const world = play(scenario(pause), "start → p PAUSED\nafter 5000 → flow SUCCESS");
    expect(told(world).filter((line) => line.includes("pause-over"))).toEqual([
      "5000 flow PAUSED → RESTARTED: pause-over, the time of `p` is over",
      "5000 p PAUSED → SUCCESS: pause-over, its pauseDuration is over",
    ]);
  });
});

test("a limit is told with those that held its slots", () => {
  const world = scenario(flowOf(`- {id: a, ${RETURN}}`));
  world.send({ type: "start", admission: "QUEUE", limit: { limit: 1, holders: ["one"], ahead: 2 } });
  world.now += 5;
  world.send({ type: "dequeue", state: "RUNNING" });
  const [, queued] = historyOf(world.row, rows(world));
  expect(queued?.why).toEqual({
    code: "limit-reached",
    text: "the concurrency limit of its flow is 1, and 2 waited already",
    executionIds: ["one"],
  });
  expect(told(world)).toContain("5 flow QUEUED → RUNNING: slot-free, a slot became free");
});

test("an execution that was to start later tells that its date came", () => {
  const world = play(scenario(flowOf(`- {id: a, ${RETURN}}`)), "start → a SUBMITTED");
  const row = { ...world.row, scheduleDate: world.now };
  expect(historyOf(row, rows(world))[1]?.why).toEqual({ code: "date-come", text: "its scheduled date came" });
});

test("an SLA that ends an execution is told when it is violated, and at the end", () => {
  const sla = "sla: [{id: late, type: MAX_DURATION, duration: PT5S, behavior: FAIL}]";
  const world = play(scenario(flowOf(`- {id: a, ${RETURN}}`, sla)), "start → a SUBMITTED\nafter 5000 → a KILLING");
  world.now += 1;
  play(world, "a ends KILLED → flow FAILED");
  expect(told(world).filter((line) => line.includes("SLA"))).toEqual([
    "5000 flow: sla-violated, the SLA `late` is violated",
    "5001 flow RUNNING → FAILED: failed, the SLA `late` is violated",
  ]);
});

test("an If tells the branch that its condition chose", () => {
  const flow = flowOf(`- id: i
  type: io.kestra.plugin.core.flow.If
  condition: "{{ 1 > 2 }}"
  then: [{id: a, ${RETURN}}]
  else: [{id: b, ${RETURN}}]`);
  const world = play(scenario(flow), "start → b SUBMITTED");
  const why = historyOf(world.row, rows(world), world.live.plan).find(({ to, taskRun }) => to === "RUNNING" && taskRun);
  expect(why?.why).toEqual({
    code: "branch",
    text: "its condition is false: else",
    condition: { expression: "{{ 1 > 2 }}", result: "false" },
  });
});

test("of the notes of an execution the newest are kept", () => {
  const all = Array.from({ length: NOTES_MAX + 2 }, (_, at) => ({ at }));
  const kept = all.reduce<readonly { at: number }[] | undefined>((notes, note) => noted(notes, note), undefined);
  expect(kept).toHaveLength(NOTES_MAX);
  expect(kept?.[0]).toEqual({ at: 2 });
});

test("a retry with a new execution tells its date, and what it retries", () => {
  const retry = "{type: constant, interval: PT10S, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}";
  const world = play(scenario(flowOf(`- {id: a, ${RETURN}, retry: ${retry}}`)), "start → a SUBMITTED");
  world.send({ type: "task-ended", run: 0, outcome: { state: "FAILED", error: { message: "no route" } } });
  const entries = historyOf(world.row, rows(world), world.live.plan);
  expect(entries.find(({ to, taskRun }) => to === "RETRIED" && taskRun)?.why).toEqual({
    code: "retry",
    text: "task `a` failed: no route",
    until: world.now + 10_000,
  });
  const next = { ...world.row, id: "next", replayOf: world.row.id, retriesSince: world.now };
  expect(historyOf(next, [])[0]?.why).toMatchObject({ code: "retry-as-new", executionIds: [world.row.id] });
});

test("a task that a worker skipped within a group tells what its condition read", () => {
  const flow = flowOf(
    `- id: dir
  type: io.kestra.plugin.core.flow.WorkingDirectory
  tasks: [{id: a, ${RETURN}, runIf: "{{ inputs.n > 3 }}"}]`,
    "inputs: [{id: n, type: INT}]",
  );
  const world = play(scenario(flow, { n: 2 }), "start → dir RUNNING");
  const child = { taskId: "a", startedAt: world.now, outcome: { state: "SKIPPED" as const } };
  world.send({ type: "group-child-ended", run: 0, ...child });
  const why = historyOf(world.row, rows(world), world.live.plan).find(({ to }) => to === "SKIPPED")?.why;
  expect(why?.condition).toEqual({ expression: "{{ inputs.n > 3 }}", values: { "inputs.n": "2" } });
});

test("what failed before a restart is still told, with what is gone since", () => {
  const flow = flowOf(`- {id: a, ${RETURN}}`, `errors: [{id: e, ${RETURN}}]`);
  const world = play(scenario(flow), "start → a SUBMITTED");
  world.send({ type: "task-ended", run: 0, outcome: { state: "FAILED", error: { message: "no route" } } });
  play(world, "e ends SUCCESS → flow FAILED");
  world.now += 10;
  play(world, "restart → a SUBMITTED");
  world.send({ type: "task-ended", run: 0, outcome: { state: "FAILED", error: { message: "refused" } } });
  expect(told(world).filter((line) => line.includes("→ FAILED"))).toEqual([
    "0 a#1 RUNNING → FAILED: failed, task `a` failed: no route",
    "0 flow RUNNING → FAILED: failed, task `a` failed: no route",
    "10 a#2 RUNNING → FAILED: failed, task `a` failed: refused",
  ]);
});

test("an execution that needs no note has none in its rows", () => {
  const world = play(scenario(flowOf(`- {id: a, ${RETURN}}`)), "start → a SUBMITTED\na ends SUCCESS → flow SUCCESS");
  expect([world.row, ...rows(world)].filter((row) => "notes" in row)).toEqual([]);
});

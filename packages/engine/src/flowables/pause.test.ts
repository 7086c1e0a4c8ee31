import { describe, expect, test } from "vitest";
import { flowOf, play, scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";

const beside = (branches: string) =>
  flowOf(`- id: par
  type: ${FLOW}.Parallel
  tasks:
${branches.replace(/^/gm, "    ")}
- {id: last, type: task}`);

describe("what happens beside a pause", () => {
  test("a failure is recorded, and decides when the execution is resumed", () => {
    play(
      scenario(beside(`- {id: p, type: ${FLOW}.Pause}\n- {id: a, type: task}`)),
      `start         → p PAUSED, no a, flow PAUSED
       resume        → p SUCCESS, a SUBMITTED, flow RUNNING
       a ends FAILED → par FAILED, no last, flow FAILED`,
    );
    const sequence = `- id: s
  type: ${FLOW}.Sequential
  tasks: [{id: b, type: task}, {id: p, type: ${FLOW}.Pause}]
- {id: a, type: task}
- {id: c, type: task}`;
    play(
      scenario(beside(sequence)),
      `start          → b SUBMITTED, a SUBMITTED, c SUBMITTED
       b ends SUCCESS → p PAUSED, flow PAUSED
       a ends FAILED  → a FAILED, par RUNNING, flow PAUSED
       c ends FAILED  → c FAILED, par RUNNING, flow PAUSED
       crash          → par RUNNING, flow PAUSED
       resume         → par FAILED, no last, flow FAILED`,
    );
  });

  describe.each(["nothing else", "crash"])("a failure keeps other lanes from going on after it, and %s", (between) => {
    const lost = between === "crash" ? "crash" : "";
    const tasks = `tasks: [{id: a, type: task}, {id: p, type: ${FLOW}.Pause}]`;
    const over = (type: string, more = "") =>
      scenario(flowOf(`- {id: l, type: ${FLOW}.${type}, values: [1, 2, 3], concurrencyLimit: 0, ${tasks}${more}}`));

    test("of a ForEach", () => {
      play(
        over("ForEach"),
        `start            → a@1 SUBMITTED, a@2 SUBMITTED, a@3 SUBMITTED
         a@1 ends SUCCESS → p@1 PAUSED
         a@2 ends SUCCESS → no p@2
         a@3 ends FAILED  → l RUNNING, flow PAUSED
         ${lost}
         resume           → p@1 SUCCESS, no p@2, l FAILED, flow FAILED`,
      );
    });

    test("of a Loop, but for their finally", () => {
      const world = play(
        over("Loop", ", finally: [{id: f, type: task}]"),
        `start            → a#0 SUBMITTED, a#1 SUBMITTED, a#2 SUBMITTED
         a#0 ends SUCCESS → p PAUSED
         a#1 ends SUCCESS → flow PAUSED
         a#2 ends FAILED  → l RUNNING, flow PAUSED
         ${lost}
         resume           → p SUCCESS, f#0 SUBMITTED, f#1 SUBMITTED, f#2 SUBMITTED
         f#0 ends SUCCESS
         f#1 ends SUCCESS → l RUNNING
         f#2 ends SUCCESS → l FAILED, flow FAILED`,
      );
      expect([...world.runs.values()].filter(({ taskId }) => taskId === "p")).toHaveLength(1);
    });
  });

  test("a retry that waits does not end the pause", () => {
    const sequence = `- id: s
  type: ${FLOW}.Sequential
  tasks: [{id: b, type: task}, {id: p, type: ${FLOW}.Pause}]
- {id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 2}}`;
    play(
      scenario(beside(sequence)),
      `start          → b SUBMITTED, a SUBMITTED
       b ends SUCCESS → p PAUSED, flow PAUSED
       a ends FAILED  → a RETRYING, flow PAUSED
       after 1000     → a CREATED, flow PAUSED
       resume         → a SUBMITTED, p SUCCESS, flow RUNNING
       a ends SUCCESS → par SUCCESS, last SUBMITTED`,
    );
  });

  test("the execution goes on when the last pause is over", () => {
    const world = play(
      scenario(
        beside(`- id: s
  type: ${FLOW}.Sequential
  tasks: [{id: a, type: task}, {id: p, type: ${FLOW}.Pause}]
- id: t
  type: ${FLOW}.Sequential
  tasks: [{id: b, type: task}, {id: q, type: ${FLOW}.Pause}]`),
      ),
      `start          → a SUBMITTED, b SUBMITTED
       a ends SUCCESS → p PAUSED
       b ends SUCCESS → no q, flow PAUSED`,
    );
    world.send({ type: "resume", run: world.find("p").index });
    play(world, "resume → q SUCCESS, par SUCCESS, last SUBMITTED, flow RUNNING");
  });
});

describe("a pause that is over", () => {
  const paused = (more: string) =>
    flowOf(`- id: p\n  type: ${FLOW}.Pause\n${more.replace(/^/gm, "  ")}\n- {id: b, type: task}`);

  test.each([
    ["RESUME", "p SUCCESS, b SUBMITTED, flow RUNNING"],
    ["WARN", "p WARNING, b SUBMITTED, flow RUNNING"],
    ["FAIL", "p FAILED, no b, flow FAILED"],
    ["CANCEL", "p CANCELLED, no b, flow CANCELLED"],
  ])("by itself follows its behavior %s", (behavior, expected) => {
    const world = scenario(paused(`pauseDuration: PT1S\nbehavior: ${behavior}`));
    play(world, `start → p PAUSED\nafter 1000 → ${expected}`);
  });

  const tasks = "tasks: [{id: a, type: task}]";

  test.each([
    ["behavior: RESUME", [], "SUCCESS"],
    ["behavior: WARN", [], "WARNING"],
    ["behavior: FAIL", [], "FAILED"],
    ["behavior: CANCEL", [], "CANCELLED"],
    [`behavior: FAIL\n${tasks}`, [], "FAILED"],
    [tasks, ["RUNNING"], "SUCCESS"],
  ])("is RUNNING again only for what it still runs: %j", (more, between, end) => {
    const world = play(scenario(paused(`pauseDuration: PT1S\n${more}`)), "start → p PAUSED\nafter 1000 → no c");
    if (between.length > 0) play(world, "a ends SUCCESS → b SUBMITTED");
    const history = world.find("p").history.map(({ state }) => state);
    expect(history).toEqual(["CREATED", "RUNNING", "PAUSED", ...between, end]);
  });

  test("with CANCEL ends alone after the end of its execution", () => {
    const after = `afterExecution:
- {id: p, type: ${FLOW}.Pause, pauseDuration: PT1S, behavior: CANCEL}
- {id: x, type: task}`;
    play(
      scenario(flowOf("- {id: a, type: task}", after)),
      `start          → a SUBMITTED
       a ends SUCCESS → p PAUSED, flow SUCCESS
       after 1000     → p CANCELLED, x SUBMITTED, flow SUCCESS
       x ends SUCCESS → flow SUCCESS`,
    );
  });

  test("by hand always goes on", () => {
    const world = play(
      scenario(paused("pauseDuration: PT1S\nbehavior: FAIL")),
      `start      → p PAUSED
       resume     → p SUCCESS, b SUBMITTED
       after 1000 → p SUCCESS, b SUBMITTED`,
    );
    expect(world.find("p").outputs).toMatchObject({ onResume: {}, resumed: { to: "SUCCESS" } });
  });

  test("by itself has nothing of what a person would have been asked for", () => {
    const source = paused("pauseDuration: PT1S\nonResume: [{id: agreed, type: BOOL, defaults: true}]");
    const world = play(scenario(source), "start → p PAUSED\nafter 1000 → p SUCCESS, b SUBMITTED");
    expect(world.find("p").outputs).toEqual({ resumed: { on: expect.any(String), to: "SUCCESS" } });
  });

  test("by its timeout may be allowed to fail", () => {
    play(
      scenario(paused("timeout: PT1S\nallowFailure: true")),
      "start → p PAUSED\nafter 1000 → p WARNING, b SUBMITTED",
    );
  });

  const handled = (more: string) => paused(`${more}\nerrors: [{id: e, type: task}]\nfinally: [{id: z, type: task}]`);

  test.each([["timeout: PT1S"], ["pauseDuration: PT1S\nbehavior: FAIL"]])(
    "in a failure runs its errors and finally tasks, and fails: %s",
    (limit) => {
      play(
        scenario(handled(`${limit}\ntasks: [{id: a, type: task}]`)),
        `start          → p PAUSED
         after 1000     → e SUBMITTED, p RUNNING, no a, flow RUNNING
         crash          → e SUBMITTED, p RUNNING, no a
         e ends SUCCESS → z SUBMITTED
         crash          → z SUBMITTED, p RUNNING
         z ends SUCCESS → p FAILED, no b, flow FAILED
         restart        → p PAUSED, no e, no z, flow PAUSED
         resume         → a SUBMITTED`,
      );
    },
  );

  test("without a failure runs its finally tasks only", () => {
    play(
      scenario(handled("pauseDuration: PT1S")),
      `start          → p PAUSED
       after 1000     → z SUBMITTED, no e, p RUNNING
       z ends SUCCESS → p SUCCESS, b SUBMITTED`,
    );
  });

  test("with a warning runs its tasks before it tells of it", () => {
    play(
      scenario(paused("pauseDuration: PT1S\nbehavior: WARN\ntasks: [{id: a, type: task}]")),
      `start          → p PAUSED
       after 1000     → a SUBMITTED, p RUNNING
       a ends SUCCESS → p WARNING, b SUBMITTED`,
    );
  });

  test("runs its tasks, and does not pause again when the process is lost meanwhile", () => {
    play(
      scenario(paused("tasks: [{id: a, type: task}, {id: c, type: task}]")),
      `start          → p PAUSED, no a
       resume         → a SUBMITTED, p RUNNING, flow RUNNING
       crash          → a SUBMITTED, p RUNNING, flow RUNNING
       a ends SUCCESS → c SUBMITTED
       c ends FAILED  → p FAILED, no b, flow FAILED`,
    );
  });
});

describe("what a pause runs while it is paused", () => {
  const hooked = (more = "") =>
    flowOf(`- {id: p, type: ${FLOW}.Pause, onPause: {id: h, type: task}${more}}\n- {id: b, type: task}`);

  test("starts although the execution is paused, and its end changes nothing", () => {
    play(
      scenario(hooked()),
      `start         → p PAUSED, h SUBMITTED, flow PAUSED, no b
       h ends FAILED → h FAILED, p PAUSED, flow PAUSED
       resume        → p SUCCESS, b SUBMITTED, flow RUNNING`,
    );
  });

  test("is waited for when the pause is over before it", () => {
    play(
      scenario(hooked(", tasks: [{id: a, type: task}]")),
      `start          → p PAUSED, h SUBMITTED
       resume         → p RUNNING, no a, flow RUNNING
       crash          → p RUNNING, h SUBMITTED, no a
       h ends SUCCESS → a SUBMITTED
       a ends SUCCESS → p SUCCESS, b SUBMITTED`,
    );
  });

  test("goes on after a crash, and is retried like any task", () => {
    const retry = "retry: {type: constant, interval: PT1S, maxAttempts: 2}";
    play(
      scenario(hooked().replace("{id: h, type: task}", `{id: h, type: task, ${retry}}`)),
      `start          → h SUBMITTED
       crash          → h SUBMITTED, p PAUSED, flow PAUSED
       h ends FAILED  → h RETRYING, flow PAUSED
       after 1000     → h SUBMITTED, flow PAUSED
       h ends SUCCESS → p PAUSED, no b
       crash          → p PAUSED, no b
       resume         → p SUCCESS, b SUBMITTED`,
    );
  });

  test("ends with the pause that is killed or over", () => {
    play(
      scenario(hooked()),
      `start         → h SUBMITTED
       kill          → h KILLING, p KILLING, flow KILLING
       h ends KILLED → h KILLED, p KILLED, flow KILLED`,
    );
    play(
      scenario(hooked(", timeout: PT1S")),
      `start      → h SUBMITTED
       after 1000 → h FAILED, p FAILED, flow FAILED`,
    );
  });
});

describe("an execution paused by a person", () => {
  test("lets what runs end, starts nothing, and remembers it over a crash", () => {
    play(
      scenario(flowOf("- {id: a, type: task}\n- {id: b, type: task}")),
      `start          → a SUBMITTED
       pause          → a SUBMITTED, flow PAUSED
       a ends SUCCESS → no b, flow PAUSED
       crash          → no b, flow PAUSED
       resume         → b SUBMITTED, flow RUNNING`,
    );
  });

  test("by an SLA is stopped even while it is paused", () => {
    const sla = "sla: [{id: s, type: MAX_DURATION, duration: PT5S, behavior: FAIL}]";
    play(
      scenario(flowOf(`- {id: p, type: ${FLOW}.Pause}`, sla)),
      `start      → p PAUSED
       after 5000 → p FAILED, flow FAILED`,
    );
  });
});

test("a pause that nobody could resume, because the execution has ended, fails; one with a duration goes on by itself", () => {
  const after = (more: string) => `afterExecution: [{id: p, type: ${FLOW}.Pause${more}}, {id: z, type: task}]`;
  play(
    scenario(flowOf("- {id: a, type: task}", after(""))),
    `start          → a SUBMITTED
     a ends SUCCESS → p FAILED, z SUBMITTED, flow SUCCESS`,
  );
  play(
    scenario(flowOf("- {id: a, type: task}", after(", pauseDuration: PT1S"))),
    `start          → a SUBMITTED
     a ends SUCCESS → p PAUSED, no z, flow SUCCESS
     after 1000     → p SUCCESS, z SUBMITTED, flow SUCCESS`,
  );
});

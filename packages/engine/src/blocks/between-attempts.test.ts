import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";
const POLICY = "{type: constant, interval: PT1S, maxAttempts: 3}";

const runsOf = ({ runs }: Scenario, id: string) => [...runs.values()].filter(({ taskId }) => taskId === id).length;

const around = (kind: string, tasks: string, errors: string) =>
  flowOf(`- id: around
  type: ${FLOW}.${kind}
  retry: ${POLICY}
  tasks: [${tasks}]
  errors: [${errors}]
- {id: behind, type: task}`);
const repaired = around("AllowFailure", "{id: a, type: task}", "{id: e, type: task}, {id: f, type: task}");

describe("errors of a block whose own policy retries its tasks", () => {
  test("run between two attempts, and are gone with the next one", () => {
    const world = play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → a RETRYING, e SUBMITTED, no f, around RUNNING, flow RETRYING
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → f SUCCESS, a RETRYING
       after 1000     → a SUBMITTED, no e, no f, flow RUNNING
       a ends SUCCESS → a SUCCESS, around SUCCESS, behind SUBMITTED
       behind ends SUCCESS → flow SUCCESS`,
    );
    expect(world.find("a").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  });

  test("make the next attempt wait for their end", () => {
    play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       after 5000     → a RETRYING, e SUBMITTED
       e ends WARNING → f SUBMITTED
       f ends SUCCESS → a RETRYING
       after 0        → a SUBMITTED, no e`,
    );
  });

  test("are tried again themselves", () => {
    play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       e ends FAILED  → e RETRYING, a RETRYING
       after 1000     → e SUBMITTED, a RETRYING
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → a RETRYING
       after 0        → a SUBMITTED, no e`,
    );
  });

  test("run after each failure, and stay after the last", () => {
    play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → a RETRYING
       after 1000     → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → a RETRYING
       after 1000     → a SUBMITTED
       a ends FAILED  → a FAILED, e SUBMITTED
       e ends SUCCESS → f SUBMITTED
       f ends SUCCESS → f SUCCESS, around WARNING, behind SUBMITTED`,
    );
  });

  test("are those of the block around the task alone", () => {
    const inner = `{id: inner, type: ${FLOW}.Sequential, tasks: [{id: a, type: task}]}`;
    play(
      scenario(around("Sequential", inner, "{id: e, type: task}")),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING, no e
       after 1000    → a SUBMITTED`,
    );
  });

  test.each([
    [
      "the task's own",
      `- {id: around, type: ${FLOW}.Sequential, tasks: [{id: a, type: task, retry: ${POLICY}}], errors: [{id: e, type: task}]}`,
      "",
    ],
    ["the flow's", "- {id: a, type: task}", `retry: ${POLICY}\nerrors: [{id: e, type: task}]`],
    [
      "the flow's, in a block",
      `- {id: around, type: ${FLOW}.Sequential, tasks: [{id: a, type: task}], errors: [{id: e, type: task}]}`,
      `retry: ${POLICY}`,
    ],
  ])("wait for the last attempt when the policy is %s", (_whose, tasks, rest) => {
    play(
      scenario(flowOf(tasks, rest)),
      `start         → a SUBMITTED
       a ends FAILED → a RETRYING, no e
       after 1000    → a SUBMITTED
       a ends FAILED → a RETRYING, no e
       after 1000    → a SUBMITTED
       a ends FAILED → a FAILED, e SUBMITTED
       e ends SUCCESS → flow FAILED`,
    );
  });

  test("may be blocks themselves, and go with all that ran in them", () => {
    const block = `{id: s, type: ${FLOW}.Sequential, tasks: [{id: e, type: task}]}`;
    for (const crash of ["", "crash → a RETRYING"])
      play(
        scenario(around("Sequential", "{id: a, type: task}", block)),
        `start          → a SUBMITTED
         a ends FAILED  → s RUNNING, e SUBMITTED
         e ends SUCCESS → s SUCCESS
         ${crash}
         after 1000     → a SUBMITTED, no s, no e`,
      );
  });

  test("end with the execution when it is killed", () => {
    play(
      scenario(repaired),
      `start         → a SUBMITTED
       a ends FAILED → e SUBMITTED
       e starts      → e RUNNING
       kill          → e KILLING, a KILLED, flow KILLING
       e ends KILLED → e KILLED, around KILLED, no f, flow KILLED`,
    );
  });

  test.each(["", "crash → a RETRYING, flow PAUSED"])(
    "wait for the end of a pause also when the process is lost (%s)",
    (crash) => {
      const beside = `{id: wait, type: ${FLOW}.Pause}`;
      play(
        scenario(around("Parallel", `{id: a, type: task}, ${beside}`, "{id: e, type: task}")),
        `start           → a SUBMITTED, wait PAUSED, flow PAUSED
       a ends FAILED   → a RETRYING, no e
       after 1000      → a RETRYING
       ${crash}
       resume          → wait SUCCESS, e SUBMITTED
       e ends SUCCESS  → a RETRYING
       after 0         → a SUBMITTED, no e
       a ends SUCCESS  → around SUCCESS, behind SUBMITTED`,
      );
    },
  );

  test("stand still while the execution is paused", () => {
    play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       pause          → flow PAUSED
       e ends SUCCESS → no f
       after 1000     → a RETRYING
       resume         → f SUBMITTED
       f ends SUCCESS → a RETRYING
       after 0        → a SUBMITTED`,
    );
  });
});

describe("errors between attempts of tasks side by side", () => {
  const both = around("Parallel", "{id: a, type: task}, {id: b, type: task}", "{id: e, type: task}");
  const lone = both.replace(
    "{id: b, type: task}",
    "{id: b, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 1}}",
  );

  test("run once for all that wait", () => {
    const world = play(
      scenario(both),
      `start          → a SUBMITTED, b SUBMITTED
       a ends FAILED  → e SUBMITTED
       b ends FAILED  → b RETRYING, a RETRYING`,
    );
    expect(runsOf(world, "e")).toBe(1);
    play(
      world,
      `
       after 1000     → a RETRYING, b RETRYING
       e ends SUCCESS → e SUCCESS
       after 0        → a SUBMITTED, b SUBMITTED, no e`,
    );
  });

  test("go on as the errors of another that fails for good", () => {
    for (const crash of ["", "crash → e SUBMITTED"])
      expect(
        runsOf(
          play(
            scenario(lone),
            `start          → a SUBMITTED, b SUBMITTED
             a ends FAILED  → a RETRYING, e SUBMITTED
             b ends FAILED  → b FAILED, e SUBMITTED
             ${crash}
             e ends SUCCESS → e SUCCESS, around FAILED, flow FAILED`,
          ),
          "e",
        ),
      ).toBe(1);
  });

  test("that are through count for another that fails for good", () => {
    const world = play(
      scenario(lone),
      `start          → a SUBMITTED, b SUBMITTED
       a ends FAILED  → e SUBMITTED
       e ends SUCCESS → e SUCCESS, a RETRYING
       b ends FAILED  → b FAILED, around FAILED, flow FAILED`,
    );
    expect(runsOf(world, "e")).toBe(1);
  });
});

describe("when the process is lost between two attempts", () => {
  test.each([
    ["while the errors run", "crash → a RETRYING, e SUBMITTED, flow RETRYING", ""],
    ["between them", "", "crash → a RETRYING, f SUBMITTED"],
  ])("%s, they go on and the next attempt follows", (_when, first, second) => {
    play(
      scenario(repaired),
      `start          → a SUBMITTED
       a ends FAILED  → e SUBMITTED
       ${first}
       e ends SUCCESS → f SUBMITTED
       ${second}
       after 3000     → a RETRYING
       f ends SUCCESS → a RETRYING
       after 0        → a SUBMITTED, no e, no f, flow RUNNING
       crash          → a SUBMITTED
       a ends SUCCESS → a SUCCESS, around SUCCESS, behind SUBMITTED`,
    );
  });
});

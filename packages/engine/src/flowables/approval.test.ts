import { describe, expect, test } from "vitest";
import { flowOf, play, scenario } from "../testing/scenario.ts";

const FLOW = "io.kestra.plugin.core.flow";

/** An Approval with a task for each decision, and one task behind it. */
const reviewed = (more = "", rest = "") =>
  scenario(
    flowOf(
      `- id: p
  type: ${FLOW}.Approval
  onApprove: [{id: yes, type: task}]
  onDeny: [{id: no, type: task}]
${more.replace(/^/gm, "  ")}
- {id: b, type: task}`,
      rest,
    ),
  );

describe("a decision", () => {
  test("to approve runs its tasks, and the flow goes on", () => {
    const world = play(
      reviewed(),
      `start            → p PAUSED, no yes, flow PAUSED
       resume           → p PAUSED, flow PAUSED
       p approved       → yes SUBMITTED, no no, p RUNNING, flow RUNNING
       crash            → yes SUBMITTED, p RUNNING
       yes ends SUCCESS → p SUCCESS, b SUBMITTED
       p denied         → no no, b SUBMITTED`,
    );
    expect(world.find("p").outputs).toMatchObject({
      decision: "APPROVED",
      auto: false,
      by: null,
      comment: null,
      inputs: {},
    });
  });

  test("to deny runs its tasks, and the execution is cancelled", () => {
    play(
      reviewed(),
      `start           → p PAUSED
       p denied        → no SUBMITTED, no yes
       crash           → no SUBMITTED
       no ends SUCCESS → p CANCELLED, no b, flow CANCELLED`,
    );
  });

  test("is told with the reviewer, the comment and the inputs", () => {
    const world = reviewed();
    play(world, "start → p PAUSED");
    const { index } = world.find("p");
    world.send({
      type: "decide",
      run: index,
      decision: "DENIED",
      inputs: { ticket: 7 },
      comment: "too late",
      by: "ada",
    });
    expect(world.find("p").outputs).toMatchObject({
      decision: "DENIED",
      by: "ada",
      comment: "too late",
      on: "2026-01-01T00:00:00Z",
      inputs: { ticket: 7 },
    });
  });

  test.each([
    ["CONTINUE", "p SUCCESS, b SUBMITTED"],
    ["WARN", "p WARNING, b SUBMITTED"],
    ["FAIL", "p FAILED, no b, flow FAILED"],
    ["SUCCEED", "p SUCCESS, no b, flow SUCCESS"],
    ["CANCEL", "p CANCELLED, no b, flow CANCELLED"],
    ["KILL", "p KILLED, no b, flow KILLED"],
  ])("with the behavior %s: %s", (behavior, expected) => {
    play(
      reviewed(`approveBehavior: ${behavior}`),
      `start            → p PAUSED
       p approved       → yes SUBMITTED
       yes ends SUCCESS → ${expected}`,
    );
  });

  test("does not hide that its tasks failed", () => {
    play(
      reviewed("denyBehavior: SUCCEED\nerrors: [{id: e, type: task}]"),
      `start          → p PAUSED
       p denied       → no SUBMITTED
       no ends FAILED → e SUBMITTED
       e ends SUCCESS → p FAILED, no b, flow FAILED`,
    );
  });

  test("that fails the flow leads to the errors of the flow, with the reason", () => {
    const world = play(
      reviewed("denyBehavior: FAIL", "errors: [{id: e, type: task}]"),
      `start           → p PAUSED
       p denied        → no SUBMITTED
       no ends SUCCESS → p FAILED, e SUBMITTED
       e ends SUCCESS  → flow FAILED`,
    );
    expect(world.row.error).toContain("the decision is DENIED, and `denyBehavior` says that it fails then");
  });

  test("whose behavior is none fails the task", () => {
    play(
      reviewed("denyBehavior: \"{{ 'MAYBE' }}\""),
      `start           → p PAUSED
       p denied        → no SUBMITTED
       no ends SUCCESS → p FAILED, flow FAILED`,
    );
  });
});

describe("nobody decides", () => {
  test("within the timeout: the request expires, and its finally tasks run", () => {
    const world = play(
      reviewed("timeout: PT1S\nfinally: [{id: z, type: task}]"),
      `start          → p PAUSED
       after 1000     → z SUBMITTED, no yes, no no, p RUNNING
       z ends SUCCESS → p CANCELLED, no b, flow CANCELLED`,
    );
    expect(world.find("p").outputs).toMatchObject({
      decision: "EXPIRED",
      auto: false,
      by: null,
      on: "2026-01-01T00:00:01Z",
      due: "2026-01-01T00:00:01Z",
    });
  });

  test("because it is approved anyway", () => {
    const world = play(
      reviewed("autoApprove: true\nonWait: [{id: w, type: task}]"),
      `start            → yes SUBMITTED, no w, p RUNNING, flow RUNNING
       crash            → yes SUBMITTED
       yes ends SUCCESS → p SUCCESS, b SUBMITTED`,
    );
    expect(world.find("p").outputs).toEqual({ decision: "APPROVED", auto: true });
  });

  test("in time: what was decided counts", () => {
    play(
      reviewed("timeout: PT1S"),
      `start            → p PAUSED
       p approved       → yes SUBMITTED
       after 1000       → yes SUBMITTED, p RUNNING
       yes ends SUCCESS → p SUCCESS, b SUBMITTED`,
    );
  });
});

describe("what runs before the wait", () => {
  const waiting = (more = "") =>
    reviewed(`onWait: [{id: v, type: task}, {id: w, type: task}]\nfinally: [{id: z, type: task}]\n${more}`);

  test("runs once, also when the process is lost", () => {
    play(
      waiting(),
      `start            → v SUBMITTED, p RUNNING, flow RUNNING
       v ends SUCCESS   → w SUBMITTED
       crash            → w SUBMITTED, p RUNNING
       w ends SUCCESS   → p PAUSED, no z, flow PAUSED
       crash            → p PAUSED, flow PAUSED
       p approved       → yes SUBMITTED
       crash            → yes SUBMITTED
       yes ends SUCCESS → z SUBMITTED
       crash            → z SUBMITTED, p RUNNING
       z ends SUCCESS   → p SUCCESS, b SUBMITTED`,
    );
  });

  test("and fails ends it without a decision; a restart goes on there", () => {
    play(
      waiting(),
      `start            → v SUBMITTED
       v ends FAILED    → z SUBMITTED, no w, no yes
       z ends SUCCESS   → p FAILED, flow FAILED
       restart          → v SUBMITTED, no z, p RUNNING
       v ends SUCCESS   → w SUBMITTED
       w ends SUCCESS   → p PAUSED
       p approved       → yes SUBMITTED`,
    );
  });

  test("may be allowed to fail", () => {
    play(
      waiting("allowFailure: true\nerrors: [{id: e, type: task}]"),
      `start            → v SUBMITTED
       v ends FAILED    → e SUBMITTED
       e ends SUCCESS   → p PAUSED, no z, flow PAUSED
       crash            → p PAUSED
       p approved       → yes SUBMITTED
       crash            → yes SUBMITTED
       yes ends FAILED  → e SUBMITTED
       e ends SUCCESS   → z SUBMITTED
       z ends SUCCESS   → p WARNING, b SUBMITTED`,
    );
  });

  test("is killed with it", () => {
    play(
      waiting(),
      `start         → v SUBMITTED
       kill          → v KILLING, p KILLING
       v ends KILLED → p KILLED, no z, flow KILLED`,
    );
  });
});

describe("what runs beside it", () => {
  const beside = (behavior: string, rest = "", task = "{id: a, type: task}") =>
    scenario(
      flowOf(
        `- id: par
  type: ${FLOW}.Parallel
  tasks:
    - ${task}
    - {id: s, type: ${FLOW}.Sequential, tasks: [{id: p, type: ${FLOW}.Approval, denyBehavior: ${behavior}}, {id: c, type: task}]}
- {id: b, type: task}`,
        rest,
      ),
    );

  test.each([
    ["CANCEL", "CANCELLED"],
    ["SUCCEED", "SUCCESS"],
  ])("may end when the execution ends with %s", (behavior, state) => {
    play(
      beside(behavior),
      `start          → a SUBMITTED, p PAUSED
       p denied       → a SUBMITTED, p ${state}, no c, flow RUNNING
       crash          → a SUBMITTED, no c, flow RUNNING
       a ends SUCCESS → a SUCCESS, par ${state}, no b, flow ${state}`,
    );
  });

  test("is not tried again then", () => {
    play(
      beside("CANCEL", "", "{id: a, type: task, retry: {type: constant, interval: PT1S, maxAttempts: 2}}"),
      `start         → a SUBMITTED, p PAUSED
       p denied      → a SUBMITTED
       a ends FAILED → a FAILED, flow CANCELLED`,
    );
  });

  test("is killed when the execution ends with KILL, or by a person", () => {
    play(
      beside("KILL"),
      `start         → a SUBMITTED, p PAUSED
       p denied      → a KILLING, flow KILLING
       a ends KILLED → p KILLED, flow KILLED`,
    );
    play(
      beside("CANCEL", "finally: [{id: z, type: task}]"),
      `start         → a SUBMITTED, p PAUSED
       p denied      → a SUBMITTED
       kill          → a KILLING, flow KILLING
       crash         → a KILLED, no z, flow KILLED`,
    );
  });

  test("is followed by the finally tasks of the flow, whose end does not matter", () => {
    play(
      beside("SUCCEED", "finally: [{id: y, type: task}, {id: z, type: task}]\nerrors: [{id: e, type: task}]"),
      `start          → a SUBMITTED, p PAUSED
       p denied       → a SUBMITTED, no y
       a ends FAILED  → y SUBMITTED, no e, flow RUNNING
       crash          → y SUBMITTED, no e, flow RUNNING
       y ends SUCCESS → z SUBMITTED
       z ends FAILED  → flow SUCCESS
       restart        → a SUBMITTED, p SUCCESS
       a ends SUCCESS → par SUCCESS, no c, b SUBMITTED`,
    );
  });

  test("can be another one that waits as well", () => {
    const two = flowOf(`- id: par
  type: ${FLOW}.Parallel
  tasks:
    - {id: p, type: ${FLOW}.Approval, onApprove: [{id: c, type: task}]}
    - {id: q, type: ${FLOW}.Approval, onWait: [{id: w, type: task}]}
- {id: b, type: task}`);
    play(
      scenario(two),
      `start          → p PAUSED, w SUBMITTED, flow PAUSED
       w ends SUCCESS → p PAUSED, q PAUSED
       p approved     → p RUNNING, q PAUSED, no c, flow PAUSED
       crash          → p RUNNING, q PAUSED, no c, flow PAUSED
       q approved     → c SUBMITTED, q SUCCESS, flow RUNNING
       c ends SUCCESS → b SUBMITTED`,
    );
  });
});

test("in a loop it decides about its iteration only", () => {
  const each = flowOf(`- id: each
  type: ${FLOW}.Loop
  concurrencyLimit: 1
  values: [1, 2]
  tasks:
    - {id: s, type: ${FLOW}.Sequential, tasks: [{id: p, type: ${FLOW}.Approval, timeout: PT1S}, {id: a, type: task}]}
    - {id: b, type: task}
- {id: c, type: task}`);
  play(
    scenario(each),
    `start          → p PAUSED
     after 1000     → p#0 CANCELLED, s#0 CANCELLED, no a, no b, p PAUSED
     crash          → p#0 CANCELLED, no b, p PAUSED
     p approved     → a SUBMITTED
     a ends SUCCESS → b SUBMITTED
     b ends SUCCESS → each SUCCESS, c SUBMITTED`,
  );
});

test("after the end it decides about what runs there", () => {
  const after = (more: string) =>
    flowOf("- {id: a, type: task}", `afterExecution: [{id: p, type: ${FLOW}.Approval${more}}, {id: z, type: task}]`);
  play(
    scenario(after("")),
    `start          → a SUBMITTED
     a ends SUCCESS → p FAILED, z SUBMITTED, flow SUCCESS`,
  );
  play(
    scenario(after(", timeout: PT1S")),
    `start          → a SUBMITTED
     a ends SUCCESS → p PAUSED, flow SUCCESS
     after 1000     → p CANCELLED, no z, flow SUCCESS`,
  );
});

test("a restart asks again where the decision ended the execution, and keeps one whose tasks failed", () => {
  play(
    reviewed(),
    `start           → p PAUSED
     p denied        → no SUBMITTED
     no ends SUCCESS → flow CANCELLED
     restart         → p PAUSED, no no, flow PAUSED
     p approved      → yes SUBMITTED
     yes ends FAILED → flow FAILED
     restart         → yes SUBMITTED, p RUNNING`,
  );
});

import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const STORING = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.Loop
  fetchType: STORE
  concurrencyLimit: 1
  values: [x, y]
  outputs: [{id: o, type: STRING, value: "{{ item.value }}"}]
  tasks: [{id: a, type: task}]
- {id: b, type: task}`);

const through = () =>
  play(
    scenario(STORING),
    `start          → a SUBMITTED
     a ends SUCCESS → a SUBMITTED
     a ends SUCCESS → l RUNNING, no b`,
  );

function answer(world: Scenario, uris: readonly string[], error?: string): void {
  const run = world.find("l").index;
  world.send({ type: "files-stored", run, uris, ...(error === undefined ? {} : { error }) });
}

/** Names and contents of the files that were asked for last. */
function asked(world: Scenario) {
  const effect = world.effects.findLast(({ type }) => type === "store-files");
  return effect?.type === "store-files" ? effect.files : [];
}

describe("a Loop that stores its outputs", () => {
  test("ends once they are stored, and tells where", () => {
    const world = through();
    expect(asked(world)).toEqual([
      { name: "0.ion", content: '{o:"x"}\n' },
      { name: "1.ion", content: '{o:"y"}\n' },
    ]);
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l SUCCESS, b SUBMITTED");
    expect(world.find("l").outputs).toEqual({
      iterationCount: 2,
      runningIterations: 0,
      terminatedIterations: { SUCCESS: 2 },
      outputs: [
        { item: { value: "x", iteration: 0 }, outputs: { uri: "kestra:///0.ion" } },
        { item: { value: "y", iteration: 1 }, outputs: { uri: "kestra:///1.ion" } },
      ],
    });
  });

  test("asks for them again when the process was lost meanwhile", () => {
    const world = through();
    const files = asked(world);
    world.effects.length = 0;
    play(world, "crash → l RUNNING, no b");
    expect(asked(world)).toEqual(files);
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l SUCCESS, b SUBMITTED");
  });

  test("fails when they can't be stored", () => {
    const world = through();
    answer(world, [], "no space");
    play(world, "→ l FAILED, no b, flow FAILED");
  });

  test("can be killed meanwhile, and hears the answer no more", () => {
    const world = play(through(), "kill → l KILLED, flow KILLED");
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l KILLED, no b");
  });
});

test("a Loop counts its iterations by how they ended, those that did not begin by none", () => {
  const outputs = (transmitFailed: boolean, third: string) =>
    play(
      scenario(
        flowOf(`- id: l
  type: io.kestra.plugin.core.flow.Loop
  transmitFailed: ${transmitFailed}
  concurrencyLimit: 1
  values: [x, y, z]
  tasks: [{id: a, type: task}]`),
      ),
      `start           → a SUBMITTED
       a ends SUCCESS → a#1 SUBMITTED
       a ends FAILED  → ${third}`,
    );
  const failing = outputs(true, "l FAILED");
  expect(failing.find("l").outputs).toMatchObject({
    iterationCount: 3,
    terminatedIterations: { SUCCESS: 1, FAILED: 1 },
  });
  const goingOn = play(outputs(false, "a#2 SUBMITTED"), "a ends WARNING → l SUCCESS");
  expect(goingOn.find("l").outputs).toEqual({
    iterationCount: 3,
    runningIterations: 0,
    terminatedIterations: { SUCCESS: 1, FAILED: 1, WARNING: 1 },
  });
});

describe("a Loop that breaks", () => {
  const breaking = (when: string, limit: number) =>
    scenario(
      flowOf(`- id: l
  type: io.kestra.plugin.core.flow.Loop
  concurrencyLimit: ${limit}
  values: [w, x, y, z]
  breakWhen: "${when}"
  outputs: [{id: o, type: STRING, value: "{{ item.value }}{{ tasks.a.state }}"}]
  tasks: [{id: a, type: task}]
- {id: b, type: task}`),
    );

  test("begins no further iteration after the one for which its condition holds", () => {
    const world = play(
      breaking("{{ item.index == 1 and iteration.outputs.o == 'xSUCCESS' }}", 1),
      `start          → a#0 SUBMITTED
       a ends SUCCESS → a#1 SUBMITTED
       a ends SUCCESS → l SUCCESS, b SUBMITTED, no a#2`,
    );
    const { outputs } = world.find("l");
    expect(outputs).toMatchObject({ iterationCount: 4, terminatedIterations: { SUCCESS: 2 } });
    expect(outputs?.["outputs"]).toHaveLength(2);
  });

  test("waits for iterations that have begun, after a crash as well", () => {
    play(
      breaking("{{ iteration.state == 'WARNING' }}", 2),
      `start            → a#0 SUBMITTED, a#1 SUBMITTED
       a#0 ends SUCCESS → a#2 SUBMITTED
       a#1 ends WARNING → a#2 SUBMITTED, no a#3, no b
       crash            → a#2 SUBMITTED, no a#3, no b
       a#2 ends SUCCESS → l WARNING, b SUBMITTED, no a#3`,
    );
  });

  test("fails where its condition can't be rendered", () => {
    const world = play(
      breaking("{{ nothing }}", 1),
      `start          → a SUBMITTED
       a ends SUCCESS → l FAILED, no a#1, no b`,
    );
    expect(world.find("l").error).toContain("`breakWhen` can't be rendered: ");
  });
});

const ALL = "";
const ONE = "concurrencyLimit: 1";

/** `t` twice, once for each value, with an `e` and an `f` of each iteration. */
const cleaning = (more: string) =>
  flowOf(`- id: l
  type: io.kestra.plugin.core.flow.Loop
  values: [x, y]
  ${more}
  tasks: [{id: s, type: task}, {id: t, type: task}]
  errors: [{id: e, type: task}]
  finally: [{id: f, type: task}, {id: g, type: task}]
- {id: b, type: task}`);

describe("errors and finally of a Loop", () => {
  test("run in the iteration that failed, before the next one begins", () => {
    play(
      scenario(cleaning(`${ONE}\n  transmitFailed: false`)),
      `start          → s SUBMITTED
       s ends FAILED  → e SUBMITTED, no t, no f
       e ends SUCCESS → f SUBMITTED, no g
       f ends FAILED  → g SUBMITTED
       g ends SUCCESS → s#1 SUBMITTED, no t
       s ends SUCCESS → t SUBMITTED
       t ends SUCCESS → f#1 SUBMITTED
       f ends SUCCESS → g#1 SUBMITTED
       g ends SUCCESS → l SUCCESS, b SUBMITTED`,
    );
  });

  test("run before a failure ends the Loop", () => {
    const world = play(
      scenario(cleaning(ONE)),
      `start          → s SUBMITTED
       s ends FAILED  → e SUBMITTED, no f, l RUNNING
       e ends FAILED  → f SUBMITTED
       f ends SUCCESS → g SUBMITTED
       g ends SUCCESS → l FAILED, no b, flow FAILED`,
    );
    expect(Object.values(world.states())).toHaveLength(5);
  });

  test("are waited for where iterations run beside the one that failed, which run no more tasks", () => {
    play(
      scenario(cleaning(ALL)),
      `start            → s#0 SUBMITTED, s#1 SUBMITTED
       s#0 ends FAILED  → e SUBMITTED
       s#1 ends SUCCESS → f#0 SUBMITTED, no t
       e ends SUCCESS   → f#1 SUBMITTED
       f#0 ends SUCCESS → g#0 SUBMITTED
       f#1 ends SUCCESS → g#1 SUBMITTED
       g#0 ends SUCCESS → l RUNNING
       g#1 ends SUCCESS → l FAILED, no b`,
    );
  });

  test("go on where they were when the process was lost", () => {
    play(
      scenario(cleaning(`${ONE}\n  transmitFailed: false`)),
      `start          → s SUBMITTED
       s ends SUCCESS → t SUBMITTED
       crash          → t SUBMITTED
       t ends FAILED  → e SUBMITTED
       crash          → e SUBMITTED, no f
       e ends SUCCESS → f SUBMITTED
       crash          → f SUBMITTED, no g, no s#2
       f ends SUCCESS → g SUBMITTED
       crash          → g SUBMITTED
       g ends SUCCESS → s#1 SUBMITTED
       crash          → s#1 SUBMITTED, t#0 FAILED
       s ends SUCCESS → t#1 SUBMITTED
       t ends SUCCESS → f#1 SUBMITTED
       crash          → f#1 SUBMITTED
       f ends SUCCESS → g#1 SUBMITTED
       g ends SUCCESS → l SUCCESS, b SUBMITTED`,
    );
  });

  test("are kept by a restart, but for those of the iterations that run again", () => {
    const world = play(
      scenario(cleaning(ONE)),
      `start          → s SUBMITTED
       s ends SUCCESS → t SUBMITTED
       t ends SUCCESS → f SUBMITTED
       f ends SUCCESS → g SUBMITTED
       g ends SUCCESS → s#1 SUBMITTED
       s ends FAILED  → e SUBMITTED
       e ends SUCCESS → f#1 SUBMITTED
       f ends SUCCESS → g#1 SUBMITTED
       g ends SUCCESS → l FAILED`,
    );
    const kept = world.find("f#0").id;
    play(
      world,
      `restart        → s#1 SUBMITTED, no e, f#0 SUCCESS, g#0 SUCCESS
       s ends SUCCESS → t#1 SUBMITTED
       t ends SUCCESS → f#1 SUBMITTED
       f ends SUCCESS → g#1 SUBMITTED
       g ends SUCCESS → l SUCCESS, b SUBMITTED`,
    );
    expect(world.find("f#0").id).toBe(kept);
  });

  test("do not begin once the execution is killed", () => {
    play(
      scenario(cleaning(ONE)),
      `start         → s SUBMITTED
       kill          → s KILLING
       s ends KILLED → l KILLED, no e, no f, flow KILLED`,
    );
  });
});

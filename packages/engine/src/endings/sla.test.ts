import { describe, expect, test } from "vitest";
import { replayRows } from "../recovery/restart.ts";
import { flowOf, goOn, play, rows, scenario, type Scenario } from "../testing/scenario.ts";

const LIMIT = "sla: [{id: s, type: MAX_DURATION, duration: PT5S, behavior: CANCEL, labels: {late: yes}}]";
const TASK = flowOf("- {id: a, type: task}", LIMIT);

describe("the duration of an execution that is restarted", () => {
  test("is measured anew, however long ago it failed", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    play(world, "a ends FAILED → flow FAILED");
    world.now += 3_600_000;
    play(
      world,
      `restart    → a SUBMITTED, flow RUNNING
       after 4999 → a SUBMITTED, flow RUNNING
       after 1    → a KILLING
       a ends KILLED → flow CANCELLED`,
    );
  });

  test("is measured also when the clock was set back since it was created", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    play(world, "a ends FAILED → flow FAILED");
    world.now -= 3_600_000;
    play(
      world,
      `restart    → a SUBMITTED, flow RUNNING
       after 4999 → a SUBMITTED, flow RUNNING
       after 1    → a KILLING`,
    );
  });

  test("does not end with the timer of its first life", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    world.now += 1_000;
    play(world, "a ends FAILED → flow FAILED");
    play(
      world,
      `restart    → a SUBMITTED
       after 4000 → a SUBMITTED, flow RUNNING
       after 1000 → a KILLING`,
    );
  });

  test("is measured from there also when the process is lost", () => {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    world.now += 4_000;
    play(world, "a ends FAILED → flow FAILED");
    play(world, "restart → a SUBMITTED");
    world.now += 4_999;
    play(world, "crash → a SUBMITTED, flow RUNNING");
    world.now += 1;
    play(world, "crash → a CANCELLED, flow CANCELLED");
  });
});

test("a replay of what is paused measures its duration anew", () => {
  const world = play(scenario(flowOf(`- {id: p, type: io.kestra.plugin.core.flow.Pause}`, LIMIT)), "start → p PAUSED");
  world.now += 4_000;
  const replay = { id: "replayed", now: world.now, newId: () => "fresh" };
  goOn(world, replayRows(world.live.plan, world.row, rows(world), world.find("p"), replay));
  world.send({ type: "start", admission: "RUN" });
  play(world, "→ p PAUSED\nafter 4999 → p PAUSED\nafter 1 → p CANCELLED, flow CANCELLED");
});

test("a pause that is over does not begin the duration anew", () => {
  const pause = "- {id: p, type: io.kestra.plugin.core.flow.Pause}\n- {id: a, type: task}";
  const world = play(scenario(flowOf(pause, LIMIT)), "start → p PAUSED");
  world.now += 4_000;
  play(world, "resume → a SUBMITTED");
  play(world, "after 1000 → a KILLING");
});

test("an assertion is looked at once the execution may run, not while it waits for its slot", () => {
  const world = scenario(
    flowOf("- {id: a, type: task}", 'sla: [{id: s, type: EXECUTION_ASSERTION, assert: "{{ false }}", behavior: FAIL}]'),
  );
  world.send({ type: "start", admission: "QUEUE" });
  play(world, "→ flow QUEUED\ncrash → flow QUEUED");
  world.send({ type: "dequeue", state: "RUNNING" });
  play(world, "→ a KILLING\na ends KILLED → flow FAILED");
  expect(world.row.history.map(({ state }) => state)).toEqual(["CREATED", "QUEUED", "RUNNING", "FAILED"]);
});

test("a violation counts once, also when the process is lost after it", () => {
  const slas = `sla:
  - {id: told, type: EXECUTION_ASSERTION, assert: "{{ false }}", behavior: NONE, labels: {broken: yes}}
  - {id: late, type: MAX_DURATION, duration: PT5S, behavior: CANCEL}`;
  const world = play(scenario(flowOf("- {id: a, type: task}", slas)), "start → a SUBMITTED");
  expect(warnings(world)).toEqual(["the SLA `told` is violated"]);
  play(world, "crash → a SUBMITTED");
  // Only the first violation may change the execution.
  play(world, "after 5000 → a SUBMITTED, flow RUNNING");
  expect(warnings(world)).toEqual(["the SLA `told` is violated", "the SLA `late` is violated"]);
});

test.each([
  {
    what: "an SLA that stops an execution decides how it ends, whoever kills it then",
    steps: ["after 5000", "kill"],
    end: "CANCELLED",
  },
  {
    what: "a kill decides how an execution ends that breaks an SLA afterwards",
    steps: ["kill", "after 5000"],
    end: "KILLED",
  },
])("$what, also when the process is lost", ({ steps, end }) => {
  for (const last of [`a ends KILLED → flow ${end}`, `crash → a ${end}, flow ${end}`]) {
    const world = play(scenario(TASK), "start → a SUBMITTED");
    for (const step of steps) play(world, `${step} → a KILLING`);
    play(world, last);
  }
});

function warnings(world: Scenario): readonly string[] {
  return world.effects.flatMap((effect) => (effect.type === "log" && effect.level === "WARN" ? [effect.message] : []));
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTerminal, type State, type TaskRunRow } from "../execution/execution.ts";
import { workerOf } from "../blocks/run.ts";
import { shapes, sourceOf, type Wording } from "../testing/random-flow.ts";
import { waitsOf } from "../history/wait.ts";
import { fireTimers, rows, scenario, type Scenario } from "../testing/scenario.ts";

/** Steps after which an execution of these sizes must have ended. */
const STEPS_MAX = 500;

/** What a task run ends with, from its name alone: the same in every run of a world. */
function outcomeOf(name: string, failing: number): "SUCCESS" | "WARNING" | "FAILED" {
  let hash = failing;
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  if (hash % 7 === 0) return "FAILED";
  return hash % 11 === 0 ? "WARNING" : "SUCCESS";
}

interface World {
  readonly choices: readonly number[];
  readonly failing: number;
  readonly crashes: boolean;
  /** Workers of other processes have some of the jobs; now and then one is lost. */
  readonly isElsewhere?: boolean;
}

/** Ends open tasks in an order given by `choices` until nothing is left to end. */
function runToEnd(source: string, { choices, failing, crashes, isElsewhere = false }: World): Scenario {
  const world = scenario(source);
  const ended = new Map<string, State>();
  world.send({ type: "start", admission: "RUN" });
  for (let step = 0; step < STEPS_MAX && !isTerminal(world.row.state); step += 1) {
    if (isElsewhere) moveJobs(world, choices[step % choices.length] ?? 0);
    if (crashes && (choices[step % choices.length] ?? 0) % 3 === 0) crashAndCount(world);
    if (isTerminal(world.row.state)) break;
    let open = openOf(world);
    expectNamedWaits(world, open);
    if (open.length === 0) {
      fireTimers(world, 1_000);
      if (isTerminal(world.row.state)) break;
      open = openOf(world);
    }
    expect(open.length, "an execution that has not ended waits for a task").toBeGreaterThan(0);
    const index = open[(choices[step % choices.length] ?? 0) % open.length]!;
    const run = world.runs.get(index)!;
    world.send({
      type: "task-ended",
      run: index,
      outcome: { state: outcomeOf(`${run.taskId}@${run.value ?? run.iteration}@${failuresOf(run)}`, failing) },
    });
    // What ran between two attempts is removed, and its index may be given again.
    for (const { id, state } of world.runs.values()) {
      if (ended.has(id)) expect(state, "a terminal state stays").toBe(ended.get(id));
      if (isTerminal(state)) ended.set(id, state);
    }
  }
  expect(isTerminal(world.row.state), `${source}\n${JSON.stringify(world.states())}`).toBe(true);
  return world;
}

/** A worker of another process gets a job, or is lost with the one that it has. */
function moveJobs(world: Scenario, choice: number): void {
  const open = openOf(world);
  const run = world.runs.get(open[choice % open.length] ?? -1);
  if (run === undefined) return;
  if (workerOf(run) === undefined) world.send({ type: "task-assigned", run: run.index, workerId: "w" });
  else if (choice % 5 === 0) world.send({ type: "task-lost", run: run.index });
}

/** The process is lost: jobs that workers of other processes have are not given out again. */
function crashAndCount(world: Scenario): void {
  const kept = openOf(world).filter((index) => workerOf(world.runs.get(index)) !== undefined);
  world.effects.splice(0, Infinity, ...world.effects.filter(({ type }) => type === "set-timer"));
  world.crash();
  const given = world.effects.flatMap((effect) => (effect.type === "run-task" ? effect.run.index : []));
  const expected = world.effects.flatMap((effect) => (effect.type === "expect-worker" ? effect.run.index : []));
  expect(
    given.filter((index) => kept.includes(index)),
    "a job that a worker has is not given out again",
  ).toEqual([]);
  expect(new Set(expected), "its worker is waited for").toEqual(new Set(kept));
}

/** How each task run ended, of whichever iteration; in which order iterations came to it may differ. */
function endsOf(world: Scenario): readonly string[] {
  const named = [...world.runs.values()].map((run) => `${run.taskId}@${run.value ?? run.iteration} ${run.state}`);
  return named.toSorted();
}

/** What the rows say that it waits for: the jobs that are open, and where there are none, dates. */
function expectNamedWaits(world: Scenario, open: readonly number[]): void {
  const waits = waitsOf(world.row, rows(world), world.live.plan);
  const jobs = waits.filter(({ kind }) => kind === "job").map(({ taskRun }) => taskRun?.index);
  expect(new Set(jobs), JSON.stringify(world.states())).toEqual(new Set(open));
  const others = waits.filter(({ kind }) => kind !== "job" && kind !== "pause");
  if (open.length === 0) expect(others.length, "it waits for something that is named").toBeGreaterThan(0);
  for (const { kind, until } of others) expect([kind, until], "and for a date").toEqual([kind, expect.any(Number)]);
}

/** Indexes of the tasks that may end next, in an order that no crash changes. */
function openOf(world: Scenario): readonly number[] {
  return [...world.runs.values()].filter(({ state }) => state === "SUBMITTED").map(({ index }) => index);
}

function failuresOf({ attempts }: TaskRunRow): number {
  return attempts.filter(({ state }) => state === "FAILED").length;
}

function idsIn(world: Scenario, state: State): readonly string[] {
  const runs = [...world.runs.values()].filter((run) => run.state === state && world.isTask(run));
  return runs.map(({ id }) => id);
}

const choicesAndFailing = {
  choices: fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }),
  failing: fc.nat(1000),
};
const worlds = fc.record({ shape: shapes(), ...choicesAndFailing });
const reviewed = fc.record({
  shape: shapes({
    leaves: ["task", "task", "CONTINUE", "FAIL", "SUCCEED", "CANCEL"],
    flowables: ["Sequential", "Parallel", "ForEach", "Dag", "Loop"],
  }),
  ...choicesAndFailing,
});

/** Leaves are tasks, and Approvals that expire and are named by what follows then. */
const REVIEWED: Wording = {
  id: "reviewed",
  leaf: (kind, id) =>
    kind === "task"
      ? `{id: ${id}, type: task}`
      : `{id: ${id}, type: io.kestra.plugin.core.flow.Approval, timeout: PT1S, expireBehavior: ${kind}, onWait: [{id: ${id}_w, type: task}]}`,
  more: [],
};

describe("random flows", () => {
  test("every execution ends, and no terminal state changes", () => {
    fc.assert(
      fc.property(worlds, ({ shape, choices, failing }) => {
        runToEnd(sourceOf(shape), { choices, failing, crashes: false });
      }),
      { numRuns: 1000 },
    );
  });

  test("every execution ends the same when the process is lost between its events", () => {
    fc.assert(
      fc.property(worlds, ({ shape, choices, failing }) => {
        const source = sourceOf(shape);
        const smooth = runToEnd(source, { choices, failing, crashes: false });
        const bumpy = runToEnd(source, { choices, failing, crashes: true });
        expect(bumpy.row.state).toBe(smooth.row.state);
        expect(endsOf(bumpy)).toEqual(endsOf(smooth));
      }),
      { numRuns: 1000 },
    );
  });

  test("a failed execution that is restarted without failures succeeds, and runs nothing twice", () => {
    fc.assert(
      fc.property(worlds, ({ shape, choices, failing }) => {
        const world = runToEnd(sourceOf(shape), { choices, failing, crashes: false });
        if (world.row.state !== "FAILED") return;
        const succeeded = new Set(idsIn(world, "SUCCESS"));
        world.restart();
        for (let step = 0; step < STEPS_MAX && !isTerminal(world.row.state); step += 1) {
          if (openOf(world).length === 0) fireTimers(world, 1_000);
          const open = [...world.runs.values()].find((run) => run.state === "SUBMITTED");
          expect(open, "a restarted execution waits for a task").toBeDefined();
          expect(succeeded.has(open!.id), "what succeeded is not run again").toBe(false);
          world.send({ type: "task-ended", run: open!.index, outcome: { state: "SUCCESS" } });
        }
        expect(["SUCCESS", "WARNING"], JSON.stringify(world.states())).toContain(world.row.state);
      }),
      { numRuns: 500 },
    );
  });

  test("a kill at any moment ends the execution once what runs has stopped", () => {
    fc.assert(
      fc.property(worlds, fc.nat(10), ({ shape, failing, choices }, after) => {
        const world = scenario(sourceOf(shape));
        world.send({ type: "start", admission: "RUN" });
        for (let step = 0; step < after && !isTerminal(world.row.state); step += 1) {
          const open = openOf(world);
          const run = open[(choices[step % choices.length] ?? 0) % open.length];
          if (run === undefined) fireTimers(world, 1_000);
          else {
            const state = outcomeOf(world.runs.get(run)!.taskId, failing);
            world.send({ type: "task-ended", run, outcome: { state } });
          }
        }
        if (isTerminal(world.row.state)) return;
        world.send({ type: "kill" });
        if (failing % 2 === 0) world.crash();
        for (const run of world.runs.values())
          if (run.state === "KILLING" && world.live.runs.get(run.index)?.block === undefined)
            world.send({ type: "task-ended", run: run.index, outcome: { state: "KILLED" } });
        expect(world.row.state).toBe("KILLED");
      }),
      { numRuns: 500 },
    );
  });
});

test("what expired Approvals decide is the same when the process is lost between the events", () => {
  fc.assert(
    fc.property(reviewed, ({ shape, choices, failing }) => {
      const source = sourceOf(shape, REVIEWED);
      const smooth = runToEnd(source, { choices, failing, crashes: false });
      const bumpy = runToEnd(source, { choices, failing, crashes: true });
      expect(bumpy.row.state, source).toBe(smooth.row.state);
      expect(endsOf(bumpy), source).toEqual(endsOf(smooth));
    }),
    { numRuns: 300 },
  );
});

test("every execution ends the same when workers of other processes have its jobs, whoever is lost", () => {
  fc.assert(
    fc.property(worlds, ({ shape, choices, failing }) => {
      const source = sourceOf(shape);
      const smooth = runToEnd(source, { choices, failing, crashes: false });
      const bumpy = runToEnd(source, { choices, failing, crashes: true, isElsewhere: true });
      expect(bumpy.row.state).toBe(smooth.row.state);
      expect(endsOf(bumpy)).toEqual(endsOf(smooth));
    }),
    { numRuns: 500 },
  );
});

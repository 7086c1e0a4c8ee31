import type { HostFunction } from "@capstan/expression";
import { checkFlow, createCatalogue, languageCatalogue, type Flow, type TypeDefinition } from "@capstan/model";
import { expect } from "vitest";
import { z } from "zod";
import { advance } from "../advance.ts";
import { createLive, takeWrites } from "../execution/create.ts";
import type { ExecutionRow, State, TaskRunRow } from "../execution/execution.ts";
import { idOf } from "../execution/ids.ts";
import type { LiveExecution } from "../execution/live.ts";
import { compilePlan } from "../plan.ts";
import { restoreLive } from "../recovery/recover.ts";
import { goingOn, restartRows, type Rewound } from "../recovery/restart.ts";
import type { Admission, Effect, EngineContext, Event, Outcome } from "../turn.ts";

/** A runnable task for flows in tests: it ends when the scenario says so. */
const task: TypeDefinition = {
  type: "io.kestra.plugin.core.debug.Return",
  element: "task",
  title: "A task that the scenario ends",
  properties: z.looseObject({}),
};

const catalogue = createCatalogue([...languageCatalogue(), task]);

/** Gives its argument, after a while. */
const LATER: HostFunction = { parameters: ["value"], call: ({ value }) => Promise.resolve(value) };

/** A flow in memory, driven by hand: what the rows of the store would say after each event. */
export interface Scenario {
  readonly flow: Flow;
  readonly runs: Map<number, TaskRunRow>;
  readonly effects: Effect[];
  row: ExecutionRow;
  /** Epoch milliseconds. */
  now: number;
  live: LiveExecution;
  send(event: Event): void;
  /** Forgets the memory and goes on from the rows, as after a crash. */
  crash(): void;
  /** A person restarts the execution that has ended. */
  restart(): void;
  /** Ids of the children that were asked for and killed, in order. */
  children(effect: "create-child" | "kill-child"): readonly string[];
  /** `id`, `id@value` or `id#n` (the n-th of that name) of the latest task run of that name. */
  find(name: string): TaskRunRow;
  /** Whether it is a run of a task without children. */
  isTask(run: TaskRunRow): boolean;
  states(): Record<string, State>;
}

export function flowOf(tasks: string, rest = ""): string {
  return `id: scenario\nnamespace: company.team\n${rest}\ntasks:\n${tasks.replace(/^/gm, "  ")}`;
}

export function scenario(
  source: string,
  inputs: ExecutionRow["inputs"] = {},
  workerTarget?: EngineContext["workerTarget"],
): Scenario {
  const { flow, diagnostics } = checkFlow(source.replaceAll("type: task", `type: ${task.type}`), catalogue);
  if (flow === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const plan = compilePlan(flow, 1);
  const row = rowFor(flow, inputs);
  let ids = 0;
  const world: Scenario = {
    flow,
    runs: new Map(),
    effects: [],
    row,
    now: row.createdAt,
    live: createLive(plan, row),
    send: (event) => {
      const effects = advance(world.live, event, {
        now: world.now,
        newId: () => idOf(world.now, 0, (ids += 1)),
        environment: (_execution, _run, memo) => ({
          now: () => world.now,
          random: () => 0.5,
          timeZone: "UTC",
          functions: { later: LATER },
          memo,
        }),
        globals: {},
        workerTarget,
      });
      world.effects.push(...effects);
      write(world);
    },
    crash: () => recovered(world, world.row, rows(world)),
    restart: () => goOn(world, restartRows(plan, world.row, rows(world), world.now)),
    children: (type) =>
      world.effects.flatMap((effect) => {
        if (effect.type !== type) return [];
        return effect.type === "create-child" ? effect.request.executionId : effect.executionId;
      }),
    find: (name) => findRun(world, name),
    isTask: (run) => plan.nodes.get(run.taskId)?.task.kind === "runnable",
    states: () => Object.fromEntries([...world.runs.values()].map((run) => [nameOf(run), run.state])),
  };
  return world;
}

/** Goes on with a rewound execution. One that somebody has go on after its end is answered so. */
export function goOn(world: Scenario, rewound: Rewound, admission: Admission = "RUN"): Scenario {
  const { row, taskRuns } = goingOn(rewound, world.now);
  return recovered(world, row, taskRuns, admission);
}

/** Goes on from rows, as after a restart of the process. */
function recovered(
  world: Scenario,
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  admission: Admission = "RUN",
): Scenario {
  world.row = row;
  world.runs.clear();
  for (const run of taskRuns) world.runs.set(run.index, run);
  world.live = restoreLive(world.live.plan, row, taskRuns);
  world.send({ type: "recover" });
  if (row.state === "RESTARTED") world.send({ type: "start", admission });
  return world;
}

/** The task runs in the order of their creation. */
export function rows(world: Scenario): readonly TaskRunRow[] {
  return [...world.runs.values()].toSorted((left, right) => left.index - right.index);
}

/**
 * Plays a table, one event a line, with states that hold afterwards:
 *
 *     start              → a SUBMITTED
 *     a ends SUCCESS     → b SUBMITTED, flow RUNNING
 *
 * Events: `start`, `kill`, `pause`, `resume`, `crash`, `restart`, `<run> assigned <worker>`, `<run> lost`, `<run> starts`,
 * `<run> ends <STATE>`, `after <ms>` (fires timers), `<run> approved` or `denied`, `<run>'s child ends <STATE>`, or none, to look only.
 * States: `<run> <STATE>`, `flow <STATE>`, `no <run>`.
 */
export function play(world: Scenario, table: string): Scenario {
  const lines = table.split("\n").map((line) => line.trim());
  for (const line of lines.filter((text) => text !== "")) {
    const [event = "", expected = ""] = line.split("→").map((part) => part.trim());
    happen(world, event);
    for (const expectation of expected.split(",").map((part) => part.trim())) check(world, line, expectation);
  }
  return world;
}

function happen(world: Scenario, event: string): void {
  const [first = "", second = "", third = ""] = event.split(/\s+/);
  if (first === "") return;
  if (first === "start") world.send({ type: "start", admission: "RUN" });
  else if (first === "kill" || first === "pause" || first === "resume") world.send({ type: first });
  else if (first === "crash") world.crash();
  else if (first === "restart") world.restart();
  else if (first === "after") fireTimers(world, Number(second));
  else if (first.endsWith("'s")) endChild(world, first.slice(0, -2), event.split(/\s+/)[3] as State);
  else if (second === "approved" || second === "denied")
    world.send({
      type: "decide",
      run: world.find(first).index,
      decision: second === "approved" ? "APPROVED" : "DENIED",
      inputs: {},
    });
  else if (second === "assigned") world.send({ type: "task-assigned", run: world.find(first).index, workerId: third });
  else if (second === "lost") world.send({ type: "task-lost", run: world.find(first).index });
  else if (second === "starts") world.send({ type: "task-started", run: world.find(first).index });
  else if (second === "ends")
    world.send({ type: "task-ended", run: world.find(first).index, outcome: { state: third as Outcome["state"] } });
  else throw new Error(`unknown event: ${event}`);
}

function endChild(world: Scenario, name: string, state: State): void {
  const run = world.find(name);
  const { executionId } = run.memory as { executionId: string };
  world.send({ type: "child-ended", run: run.index, end: { executionId, state } });
}

/** Lets time pass and fires the timers that are due. */
export function fireTimers(world: Scenario, ms: number): void {
  world.now += ms;
  const due = world.effects.flatMap((effect) =>
    effect.type === "set-timer" && effect.at <= world.now ? [effect] : [],
  );
  for (const effect of due) {
    world.effects.splice(world.effects.indexOf(effect), 1);
    world.send({ type: "timer", key: effect.key });
  }
}

function check(world: Scenario, line: string, expectation: string): void {
  if (expectation === "") return;
  const [name = "", state = ""] = expectation.split(/\s+/);
  if (name === "flow") expect(world.row.state, line).toBe(state);
  else if (name === "no") expect(Object.keys(world.states()), line).not.toContain(state);
  else expect(world.find(name).state, `${line}: ${JSON.stringify(world.states())}`).toBe(state);
}

function findRun(world: Scenario, name: string): TaskRunRow {
  const [path = "", number] = name.split("#");
  const [taskId, value] = path.split("@");
  const matches = [...world.runs.values()].filter(
    (run) => run.taskId === taskId && (value === undefined || run.value === value),
  );
  const run = number === undefined ? matches.at(-1) : matches[Number(number)];
  if (run === undefined) throw new Error(`no task run ${name} in ${JSON.stringify(world.states())}`);
  return run;
}

function write(world: Scenario): void {
  const writes = takeWrites(world.live);
  if (writes.execution !== undefined) world.row = writes.execution;
  for (const run of writes.taskRuns) world.runs.set(run.index, run);
  for (const index of writes.removed) world.runs.delete(index);
}

function nameOf(run: TaskRunRow): string {
  return run.value === undefined ? run.taskId : `${run.taskId}@${run.value}`;
}

function rowFor(flow: Flow, inputs: ExecutionRow["inputs"]): ExecutionRow {
  const createdAt = 1_767_225_600_000;
  return {
    tenant: "main",
    id: idOf(createdAt, 0, 0),
    namespace: flow.namespace,
    flowId: flow.id,
    flowRevision: 1,
    state: "CREATED",
    history: [{ state: "CREATED", date: createdAt }],
    kind: "NORMAL",
    labels: [],
    inputs,
    variables: flow.variables,
    originalId: idOf(createdAt, 0, 0),
    attemptNumber: 1,
    createdAt,
  };
}

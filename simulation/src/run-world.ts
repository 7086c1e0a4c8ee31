import { isTerminal } from "@capstan/engine";
import type { LogEntry } from "@capstan/store";
import { ask, sendRequest } from "./client.ts";
import type { Database, Network } from "./databases/database.ts";
import { createSqliteDatabase } from "./databases/sqlite-database.ts";
import { describe, isRefusal } from "./process.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { BUSY_MS, NAMESPACE, planWorld, TENANT, TICK } from "./world-plan.ts";
import { createWorld, NO_FAULTS, type World } from "./world.ts";

/** Things that can happen in one world; more means that it goes round in circles. */
const STEPS_MAX = 30_000;
/** How often what is paused is resumed at the end: more than there are pauses in the loops of executions that wait for each other. */
const ROUNDS_MAX = 1_000;
/** Longer than anything in a generated flow waits by itself, in milliseconds; a date is further away once the clock was set back. */
const QUIET_MS = 10 * 60_000;

export interface WorldOptions {
  /** Whether things go wrong; without, the world shows what should happen. */
  readonly faults: boolean;
  /** A store that lies, to see that the checkers notice. */
  readonly mutant?: Mutant;
  /** Where it keeps its rows; SQLite by default. */
  readonly database?: Database;
}

export type WorldResult = Pick<World, "plan" | "violations" | "trace" | "durable" | "lives">;

/** Databases are migrated once and cleared between worlds. */
const databases: Database[] = [];

/** Plays one world to its end and checks every invariant on the way. The same seed gives the same world. */
export async function runWorld(seed: number, options: WorldOptions): Promise<WorldResult> {
  const database = options.database ?? databases.pop() ?? createSqliteDatabase();
  await database.clear();
  const world = createWorld(planWorld(seed), database, options.mutant);
  const steps = { left: STEPS_MAX };
  try {
    await begin(world, steps);
    if (options.faults) planFaults(world);
    if (world.plan.control.batch !== undefined) planRevision(world);
    for (const request of world.plan.requests) world.timeline.after(request.atMs, () => sendRequest(world, request));
    await pass(world, BUSY_MS, steps);
    world.faults = NO_FAULTS;
    await finish(world, await drain(world, steps), steps);
  } catch (error) {
    world.observe({ type: "defect", message: describe(error) });
  }
  database.processDied();
  await database.settled();
  if (options.database === undefined) databases.push(database);
  const { plan, violations, trace, durable, lives } = world;
  return { plan, violations, trace, durable, lives };
}

interface Steps {
  left: number;
}

async function begin(world: World, steps: Steps): Promise<void> {
  world.startProcess();
  await pass(world, 100, steps);
  for (const source of world.plan.sources.values()) {
    const saved = world.process!.runtime.flows.save(TENANT, source);
    await awaited(world, saved, steps);
  }
}

/** Rates differ from world to world: some are quiet, in some nothing stays up for long. */
function planFaults(world: World): void {
  const { random, timeline } = world;
  const rate = () => random.pick([0, 0.01, 0.04, 0.1]);
  world.faults = { crashBefore: rate(), crashAfter: rate(), full: rate(), cut: 0 };
  if (world.database.network !== undefined) planLosses(world, world.database.network, rate());
  if (random.chance(0.4)) planClock(world);
  for (let count = random.below(4); count > 0; count -= 1) {
    const isOrderly = random.chance(0.25);
    timeline.after(random.below(BUSY_MS), () => {
      if (isOrderly) stopInOrder(world);
      else world.crash("at a moment between two steps");
    });
  }
}

/** By how much a clock is set at once, ahead or back, in milliseconds. */
const CLOCK_STEPS_MS = [400, 5_000, 45_000, 10 * 60_000, 60 * 60_000];
/** How long the clock is left alone before the world comes to rest, in milliseconds: nothing notices at once that it was set. */
const CLOCK_REST_MS = 15_000;

/** The machine's clock is set while the process runs, or while none does. */
function planClock(world: World): void {
  const { random, timeline } = world;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const byMs = random.pick(CLOCK_STEPS_MS) * random.pick([1, -1]);
    timeline.after(random.below(BUSY_MS - CLOCK_REST_MS), () => {
      world.note(`the clock is set ${byMs > 0 ? "ahead" : "back"} by ${Math.abs(byMs)} ms`);
      timeline.setClock(byMs);
      world.observe({ type: "clock-set" });
    });
  }
}

/** Somebody saves the main flow once more, while starts wait. */
function planRevision(world: World): void {
  const { random, timeline, plan } = world;
  timeline.after(random.below(BUSY_MS / 3), () => {
    if (world.process?.isReady !== true) return;
    world.note("main gets another revision");
    const saved = world.process.runtime.flows.save(TENANT, `${plan.sources.get("main")}\n# again\n`);
    void saved.catch((error: unknown) => {
      if (!isRefusal(error)) world.observe({ type: "defect", message: `no revision: ${describe(error)}` });
    });
  });
}

/** How long a database is away at most, in milliseconds. */
const AWAY_MS_MAX = 20_000;

function planLosses(world: World, network: Network, cut: number): void {
  const { random, timeline } = world;
  world.faults = { ...world.faults, cut };
  for (let count = random.below(3); count > 0; count -= 1) {
    timeline.after(random.below(BUSY_MS - AWAY_MS_MAX), () => {
      world.note("the database is away");
      network.lose();
      timeline.after(random.below(AWAY_MS_MAX), () => {
        world.note("the database is back");
        network.restore();
      });
    });
  }
}

function stopInOrder(world: World): void {
  const { process } = world;
  if (process?.isReady !== true) return;
  world.note(`process ${process.life} is told to stop`);
  process.isReady = false;
  const isStopped = () => {
    if (process.isAlive) world.crash("it was stopped");
  };
  void process.runtime.stop({ graceMs: 1_000 }).then(isStopped, isStopped);
}

/** Lets things happen for a while. */
async function pass(world: World, milliseconds: number, steps: Steps): Promise<void> {
  const until = world.timeline.passedMs + milliseconds;
  while (await world.timeline.step(until)) {
    steps.left -= 1;
    if (steps.left < 0) throw new Error(`the world did not come to rest within ${STEPS_MAX} steps`);
  }
}

/** Lets things happen until a promise has settled. */
async function awaited<T>(world: World, promise: Promise<T>, steps: Steps): Promise<T> {
  const answer = { isThere: false };
  const settled = () => (answer.isThere = true);
  void promise.then(settled, settled);
  while (!answer.isThere && (await world.timeline.step(Infinity))) steps.left -= 1;
  if (!answer.isThere) throw new Error("an answer never came, and nothing was going on");
  return promise;
}

/** Nothing goes wrong any more: resumes what is paused and interrupts what hangs until everything has ended. */
async function drain(world: World, steps: Steps): Promise<number> {
  await pass(world, 5_000, steps);
  if (world.plan.hasTicker) {
    await awaited(world, world.process!.runtime.triggers.setDisabled(TICK, true), steps);
  }
  const scheduledUntil = world.timeline.now;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = world.trace.length;
    await pass(world, QUIET_MS + setBackMs(world), steps);
    const open = [...world.durable.executions.values()].filter(({ state }) => !isTerminal(state));
    const verb = open.some(({ state }) => state === "PAUSED") ? "resume" : "kill";
    const state = verb === "resume" ? "PAUSED" : "RUNNING";
    const asked = open.filter((row) => row.state === state && (verb === "resume" || hasHanging(world, row.id)));
    if (asked.length === 0 && world.trace.length === before) return scheduledUntil;
    for (const { id } of asked) ask(world, verb, `last-${verb}`, id);
  }
  throw new Error(`the world did not come to rest within ${ROUNDS_MAX} rounds`);
}

/** How far the clock is behind the latest date that it has shown, in milliseconds. */
function setBackMs({ timeline }: World): number {
  return timeline.latest - timeline.now;
}

function hasHanging({ durable, plan }: World, executionId: string): boolean {
  const flowId = durable.executions.get(executionId)!.flowId;
  return durable
    .taskRuns(executionId)
    .some((run) => !isTerminal(run.state) && plan.kinds.get(`${flowId}/${run.taskId}`) === "Hang");
}

async function finish(world: World, scheduledUntil: number, steps: Steps): Promise<void> {
  const { store } = world.process!.runtime;
  const logs: LogEntry[] = [];
  for (;;) {
    const filter = { tenant: TENANT, namespace: NAMESPACE };
    const { rows } = await awaited(world, store.logs.search(filter, { offset: logs.length, limit: 1_000 }), steps);
    logs.push(...rows);
    if (rows.length < 1_000) break;
  }
  const stored = [];
  for (const { id } of world.durable.executions.values()) {
    const row = await awaited(world, store.executions.get(TENANT, id), steps);
    stored.push({ id, row, taskRuns: await awaited(world, store.executions.taskRuns(TENANT, id), steps) });
  }
  const timers = await awaited(world, store.timers.all(), steps);
  world.observe({ type: "over", logs, stored, timers, scheduledUntil });
}

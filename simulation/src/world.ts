import { createMemoryStorage } from "@capstan/storage";
import { CHECKERS } from "./checkers/checkers.ts";
import { openCrashingStore, type CommitFaults } from "./crashing-store.ts";
import type { Database } from "./databases/database.ts";
import { createDurable, type Durable } from "./durable.ts";
import type { Observation, View } from "./history.ts";
import { createIdMaker } from "./ids.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { createProcess, describe, isRefusal, type ProcessParts, type SimulatedProcess } from "./process.ts";
import { createRandom, type Random } from "./random.ts";
import { createTimeline, type Timeline } from "./timeline.ts";
import { BEGIN, type WorldPlan } from "./world-plan.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

/** What is going on in one world. */
export interface World {
  readonly plan: WorldPlan;
  readonly timeline: Timeline;
  readonly database: Database;
  readonly durable: Durable;
  /** For what goes wrong, apart from the plan, so that the plan is the same without it. */
  readonly random: Random;
  readonly violations: readonly Violation[];
  /** What happened, one line each. */
  readonly trace: readonly string[];
  /** How many processes have lived. */
  readonly lives: number;
  faults: CommitFaults;
  process: SimulatedProcess | undefined;
  readonly startProcess: () => void;
  /** Ends the process without a word: nothing that it began goes on. */
  readonly crash: (why: string) => void;
  readonly observe: (observation: Observation) => void;
  readonly note: (what: string) => void;
}

export const NO_FAULTS: CommitFaults = { crashBefore: 0, crashAfter: 0, full: 0, cut: 0 };

type MutableWorld = World & { lives: number };

/** A world over an empty database. */
export function createWorld(plan: WorldPlan, database: Database, mutant: Mutant | undefined): World {
  const { seed } = plan;
  const random = createRandom(seed, "faults");
  const timeline = createTimeline(BEGIN, createRandom(seed, "time"), database.settled);
  const storage = createMemoryStorage({ now: () => timeline.now });
  const newId = createIdMaker(timeline);
  const trace: string[] = [];
  const violations: Violation[] = [];
  const world: MutableWorld = {
    plan,
    timeline,
    database,
    durable: createDurable(),
    random,
    violations,
    trace,
    lives: 0,
    faults: NO_FAULTS,
    process: undefined,
    startProcess: () => {
      world.lives += 1;
      world.note(`process ${world.lives} starts`);
      const openFor = (owner: SimulatedProcess) => openStore(world, owner, mutant);
      const process = createProcess({ ...surroundings(world), storage, newId, openStore: openFor, life: world.lives });
      world.process = process;
      void begin(world, process);
    },
    crash: (why) => {
      const { process } = world;
      if (process === undefined) return;
      world.note(`process ${process.life} dies: ${why}`);
      process.isAlive = false;
      world.process = undefined;
      timeline.drop(process);
      database.processDied();
      world.observe({ type: "crashed" });
      timeline.after(random.below(2_000), () => world.startProcess());
    },
    observe: (observation) => {
      for (const watch of watchers) watch(observation);
    },
    note: (what) => trace.push(`${(timeline.passedMs / 1_000).toFixed(3)}  ${what}`),
  };
  const watchers = CHECKERS.map((checker) => checker.watch(viewFor(world, checker.invariant, violations)));
  return world;
}

/** What a checker sees of a world. */
function viewFor({ plan, durable, timeline, note }: World, invariant: string, violations: Violation[]): View {
  return {
    plan,
    durable,
    get now() {
      return timeline.now;
    },
    violate: (message) => {
      note(`VIOLATED: ${invariant}: ${message}`);
      violations.push({ invariant, message });
    },
  };
}

async function begin(world: World, process: SimulatedProcess): Promise<void> {
  try {
    await process.runtime.start();
    process.isReady = true;
    world.note("recovered");
  } catch (error) {
    if (isRefusal(error)) world.crash("it can't start without its database");
    else world.observe({ type: "defect", message: `no start: ${describe(error)}` });
  }
}

/** The world as a process finds it, and what is seen of what the process does. */
function surroundings(world: World): Omit<ProcessParts, "life" | "storage" | "newId" | "openStore"> {
  const { plan, timeline, random, note } = world;
  return {
    plan,
    timeline,
    random,
    submitted: (job) => {
      note(`work ${job.key} ${job.task.id}`);
      world.observe({ type: "submitted", job, life: world.lives });
    },
    answered: (job, result, line) => {
      note(`answer ${job.key} ${result.state}`);
      world.observe({ type: "answered", job, result, line });
    },
    defect: (message) => world.observe({ type: "defect", message }),
    note,
  };
}

function openStore(world: World, owner: SimulatedProcess, mutant: Mutant | undefined) {
  const store = openCrashingStore({
    database: world.database,
    timeline: world.timeline,
    random: world.random,
    owner,
    faults: () => world.faults,
    unitWritten: (unit) => {
      for (const row of unit.executions ?? []) world.note(`  ${row.flowId} ${row.id} ${row.state}`);
      for (const { executionId, row } of unit.taskRuns ?? [])
        world.note(`    ${executionId}/${row.index} ${row.taskId} ${row.state}`);
      world.observe({ type: "commit", unit });
      world.durable.apply(unit);
    },
    groupWritten: () => world.observe({ type: "written" }),
    crash: world.crash,
    note: world.note,
  });
  return mutant === undefined ? store : mutant.store(store, world.lives);
}

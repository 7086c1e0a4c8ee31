import { ExpressionError, scopeOf, settle, templateCache, type Environment } from "@capstan/expression";
import { HOLDERS_MAX, TurnoverMap } from "@capstan/engine";
import { OMITTED_PREFIX } from "@capstan/model";
import type { SlotStanding } from "../services.ts";
import type { Job } from "../worker/worker.ts";
import { jobPlace } from "../worker/job-place.ts";
import { createFairQueue, type FairQueue } from "./fair-queue.ts";
import { NEXT_MAX, type QueueState } from "./queue-states.ts";
import { applies, type TaskLimit } from "./rules.ts";

/**
 * How many tasks of a type run at once. A job goes to the worker when all limits of its type let it; it asks one after the other,
 * and so waits for one at a time, as executions do. Nothing of it is stored: jobs are given out again at a start.
 */
export interface TaskGate {
  /** Whether there is a limit for tasks of a type. */
  limits(tenant: string, namespace: string, type: string): boolean;
  submit(job: Job, environment: Environment): void;
  /** Answers whether the job waited, and waits no more: the worker has never heard of it. */
  withdraw(key: string): boolean;
  /** The worker is done with it. */
  readonly ended: (key: string) => void;
  /** What a job waits for; undefined for one that the worker has. */
  readonly standing: (key: string) => (SlotStanding & { readonly text: string }) | undefined;
  readonly states: (tenant: string) => readonly QueueState[];
}

export interface TaskGateParts {
  readonly limits: readonly TaskLimit[];
  /** Gives a job to a worker. */
  readonly submit: (job: Job) => void;
  /** A job that can't be asked for its limits. */
  readonly refused: (job: Job, message: string) => void;
  readonly now: () => number;
}

/** Those of one limit and key that run, and those that wait. */
interface Gate {
  readonly name: string;
  readonly limit: TaskLimit;
  readonly tenant: string;
  readonly key: string | undefined;
  readonly running: TurnoverMap<string, Pass>;
  readonly waiting: FairQueue<Pass>;
}

/** How far a job got. */
interface Pass {
  readonly job: Job;
  readonly gates: readonly { readonly limit: TaskLimit; readonly key: string | undefined }[];
  readonly held: Gate[];
  readonly arrival: number;
  waitsAt: Gate | undefined;
  /** Epoch milliseconds. */
  since: number;
}

const template = templateCache(1_000);

export function createTaskGate({ limits, submit, refused, now }: TaskGateParts): TaskGate {
  const gates = createGates(submit, now);
  /** Jobs whose keys are being rendered; false once they were withdrawn. */
  const asked = new Map<string, boolean>();
  const askFor = async (job: Job, own: readonly TaskLimit[], environment: Environment) => {
    asked.set(job.key, true);
    const keyed = await keysOf(own, job, environment);
    const isWanted = asked.get(job.key);
    asked.delete(job.key);
    if (isWanted !== true) return;
    if (typeof keyed === "string") refused(job, keyed);
    else gates.enter(job, keyed);
  };
  const limitsOf = (tenant: string, namespace: string, type: string) =>
    limits.filter((limit) => isOfType(limit, type) && applies(limit, tenant, namespace));
  return {
    limits: (tenant, namespace, type) => limits.length > 0 && limitsOf(tenant, namespace, type).length > 0,
    submit: (job, environment) => {
      const { tenant, namespace } = job.identity;
      const own = limitsOf(tenant, namespace, job.task.type);
      if (own.some(({ key }) => key !== undefined)) void askFor(job, own, environment);
      else {
        const unkeyed = own.map((limit) => ({ limit, key: undefined }));
        gates.enter(job, unkeyed);
      }
    },
    withdraw: (key) => {
      if (!asked.has(key)) return gates.withdraw(key);
      asked.set(key, false);
      return true;
    },
    ended: gates.leave,
    standing: (key) => {
      const gate = gates.waitsAt(key);
      if (gate === undefined) return undefined;
      const position = gate.waiting.position(key);
      const { limit, waiting, running } = gate;
      const holders = executionsOf(running.values(), HOLDERS_MAX);
      return {
        limit: limit.limit,
        position,
        waiting: waiting.size,
        running: running.size,
        holders,
        text: textOf(gate),
      };
    },
    states: (tenant) => gates.ofTenant(tenant).map(stateOf),
  };
}

/** Jobs on their way to the worker. */
function createGates(submit: (job: Job) => void, now: () => number) {
  const gates = new Map<string, Gate>();
  const passes = new TurnoverMap<string, Pass>();
  let arrivals = 0;
  /** Asks the limits from where it stands on, and then the worker. */
  const pass = (going: Pass): void => {
    const { job, held } = going;
    while (held.length < going.gates.length) {
      const gate = gateOf(gates, job, going.gates[held.length]!);
      if (gate.running.size >= gate.limit.limit || gate.waiting.size > 0) {
        going.waitsAt = gate;
        going.since = now();
        gate.waiting.push(job.key, going, { ...jobPlace(job), arrival: going.arrival });
        return;
      }
      gate.running.set(job.key, going);
      held.push(gate);
    }
    submit(job);
  };
  /** Somebody else has the place of one that is gone. */
  const giveOn = (gate: Gate) => {
    const next = gate.running.size < gate.limit.limit ? gate.waiting.shift() : undefined;
    if (next !== undefined) {
      next.waitsAt = undefined;
      gate.running.set(next.job.key, next);
      next.held.push(gate);
      pass(next);
    }
    if (gate.running.size + gate.waiting.size === 0) gates.delete(gate.name);
  };
  const leave = (key: string): void => {
    const going = passes.size === 0 ? undefined : passes.get(key);
    if (going === undefined) return;
    passes.delete(key);
    going.waitsAt?.waiting.delete(key);
    for (const gate of going.held) {
      gate.running.delete(key);
      giveOn(gate);
    }
  };
  return {
    enter: (job: Job, keyed: Pass["gates"]): void => {
      arrivals += 1;
      const going: Pass = { job, gates: keyed, held: [], arrival: arrivals, waitsAt: undefined, since: 0 };
      passes.set(job.key, going);
      pass(going);
    },
    leave,
    /** Takes one out that waits; answers whether it did. */
    withdraw: (key: string): boolean => {
      if (passes.get(key)?.waitsAt === undefined) return false;
      leave(key);
      return true;
    },
    waitsAt: (key: string): Gate | undefined => passes.get(key)?.waitsAt,
    ofTenant: (tenant: string): readonly Gate[] => [...gates.values()].filter((gate) => gate.tenant === tenant),
  };
}

function isOfType({ type }: TaskLimit, of: string): boolean {
  return [type, OMITTED_PREFIX + type].some((each) => of === each || of.startsWith(`${each}.`));
}

/** The keys of these limits for a job, or why one can't be rendered. */
async function keysOf(
  limits: readonly TaskLimit[],
  { variables, outputs }: Job,
  environment: Environment,
): Promise<Pass["gates"] | string> {
  const scope = scopeOf({ ...variables, outputs });
  const keyed: { limit: TaskLimit; key: string | undefined }[] = [];
  for (const limit of limits) {
    const { key } = limit;
    try {
      const text =
        key === undefined ? undefined : await settle(environment, (settling) => template(key).render(scope, settling));
      keyed.push({ limit, key: text });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return `the key of the limit of ${limit.type} can't be rendered: ${error.message}`;
    }
  }
  return keyed;
}

function gateOf(gates: Map<string, Gate>, { identity: { tenant } }: Job, { limit, key }: Pass["gates"][number]): Gate {
  const name = JSON.stringify([tenant, limit.namespace, limit.type, limit.key, key]);
  let gate = gates.get(name);
  if (gate === undefined) {
    gate = { name, limit, tenant, key, running: new TurnoverMap(), waiting: createFairQueue() };
    gates.set(name, gate);
  }
  return gate;
}

function textOf({ limit: { type, namespace, limit }, key, tenant }: Gate): string {
  const where = namespace === undefined ? `the tenant ${tenant}` : `the namespace ${namespace}`;
  return `the limit of ${type} in ${where}${key === undefined ? "" : ` for "${key}"`} is ${limit}`;
}

function stateOf({ limit: { type, namespace, limit }, key, running, waiting }: Gate): QueueState {
  const [first] = waiting.values();
  return {
    kind: "TASKS",
    where: namespace === undefined ? {} : { namespace },
    taskType: type,
    ...(key === undefined ? {} : { key }),
    limit,
    running: running.size,
    waiting: waiting.size,
    holders: executionsOf(running.values(), HOLDERS_MAX),
    next: executionsOf(waiting.values(), NEXT_MAX),
    ...(first === undefined ? {} : { since: first.since }),
  };
}

function executionsOf(passes: IterableIterator<Pass>, most: number): readonly string[] {
  return Array.from(Iterator.from(passes).take(most), ({ job }) => job.identity.executionId);
}

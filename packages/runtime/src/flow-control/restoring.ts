import { isGathering, isRestarted, isTerminal, isYetToRun, type LiveExecution } from "@capstan/engine";
import type { FlowKey } from "@capstan/store";
import { RequestError } from "../errors.ts";
import type { FlowRegistry } from "../executor/flows.ts";
import type { LiveKey } from "../executor/live-key.ts";
import type { Batches } from "./batches.ts";
import type { Debounces } from "./debounces.ts";
import type { Places } from "./places.ts";
import type { Pool, Pools } from "./pools.ts";
import { flowOf, supersede, type QueueParts, type Queues } from "./queues.ts";
import { flowName, hasQuota, withoutQuotas, type Rule } from "./rules.ts";

/** What is done once for those that were there before this process. */
export function createRestoring(
  { flows, executor }: QueueParts,
  { pools, windows, passage, hold, take, tell, limitsOf }: Queues,
  { debounces, batches, begin }: WaitingParts,
): Pick<Places, "prepare" | "restore" | "refill"> {
  return {
    prepare: async (restored) => {
      const waiting = restored.filter((execution) => execution.state === "QUEUED" || isYetToRun(execution));
      const ofLatest = waiting.filter((execution) => execution.state === "QUEUED" || gathers(execution));
      for (const key of flowKeysOf(ofLatest)) await readLatest(flows, key);
      if (waiting.some((execution) => hasQuota(limitsOf(execution)))) await windows.load();
    },
    restore: (execution) => {
      batches.over(execution);
      if (execution.state === "CREATED") {
        const pair = debounces.restore(execution);
        if (pair !== undefined) supersede(executor(), pair.superseded, pair.by);
      }
      // One that is yet to run is admitted when it goes on, one that waits when all are there.
      if (isBegun(execution)) hold(execution, everyLimit(execution, limitsOf(execution)));
    },
    refill: (restored) => {
      const queued = restored
        .filter(({ state }) => state === "QUEUED")
        .map((execution) => ({ execution, rules: limitsOf(execution), since: queuedSince(execution) }));
      for (const { execution, rules } of queued)
        applyLimits(pools, flowName(execution.tenant, flowOf(execution)), rules);
      for (const { execution, rules } of queued.toSorted((one, other) => one.since - other.since)) {
        // What went on after its end, and waits since, does not start once more.
        const stand = take(execution, isRestarted(execution) ? withoutQuotas(rules) : rules);
        tell(stand, passage.place(stand));
      }
      for (const execution of restored.filter(gathers)) {
        const latest = flows.cached({ tenant: execution.tenant, ...flowOf(execution) });
        if (latest?.row.revision === execution.fixed.flowRevision) batches.restore(execution);
        else begin(execution);
      }
    },
  };
}

interface WaitingParts {
  readonly debounces: Debounces;
  readonly batches: Batches;
  /** Has an execution begin to which starts were added. */
  readonly begin: (execution: LiveKey) => void;
}

/** Whether starts may still be added to it. */
export function gathers({ state, fixed: { control } }: LiveExecution): boolean {
  return isGathering(state, control);
}

/** Limits of another revision; answers where others may come now. A limit that is gone lets all run. */
export function applyLimits(pools: Pools, name: string, rules: readonly Rule[]): readonly Pool[] {
  const own = pools.ofLimit(name);
  for (const pool of own) pool.limit = undefined;
  for (const rule of rules) {
    if (rule.kind === "quota" || rule.name !== name) continue;
    const counted = rule.key === undefined ? name : `${name} ${rule.key} `;
    for (const pool of own)
      if (rule.key === undefined ? pool.name === counted : pool.name.startsWith(counted)) pool.limit = rule.limit;
  }
  return own;
}

/** One that runs counts for a limit that a later revision of its flow has, too. */
function everyLimit(execution: LiveExecution, rules: readonly Rule[]): readonly Rule[] {
  const flow = flowOf(execution);
  const { tenant } = execution;
  const name = flowName(tenant, flow);
  if (rules.some((rule) => rule.kind === "concurrency" && rule.name === name && rule.key === undefined)) return rules;
  const where = { tenant, namespace: flow.namespace, flowId: flow.id };
  return [...rules, { kind: "concurrency", name, where, limit: Infinity, behavior: "QUEUE" }];
}

/** Whether it runs, or stands still on its way. */
export function isBegun(execution: LiveExecution): boolean {
  return !isTerminal(execution.state) && !isYetToRun(execution) && execution.state !== "QUEUED";
}

function queuedSince({ history }: LiveExecution): number {
  return history.findLast(({ state }) => state === "QUEUED")?.date ?? 0;
}

function flowKeysOf(executions: readonly LiveExecution[]): Iterable<FlowKey> {
  const keys = executions.map((execution) => ({ tenant: execution.tenant, ...flowOf(execution) }));
  return new Map(keys.map((key) => [flowName(key.tenant, key), key])).values();
}

/** Has the latest revision in memory, if there is one that can be read. */
async function readLatest(flows: FlowRegistry, key: FlowKey): Promise<void> {
  try {
    await flows.compiled(key);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}

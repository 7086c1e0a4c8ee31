import { isTerminal, isYetToRun, type LiveExecution } from "@capstan/engine";
import type { Flow } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { RequestError } from "../errors.ts";
import { ADMITTED, type Admitted } from "./admission.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";
import type { SlotStanding } from "../services.ts";
import { createSlots } from "./slots.ts";

/** Places of executions among those of their flow that may run at the same time. */
export interface Places {
  /** Whether an execution whose time has come may run; it takes its place then. */
  readonly admit: (execution: LiveExecution) => Admitted;
  /** Where one that waits for its place stands, and the limit; undefined for one that doesn't wait. */
  readonly standing: (execution: LiveExecution) => SlotStanding | undefined;
  /** At a start: one that had a place, or waited for one, when the process ended. */
  restore(execution: LiveExecution): void;
  /** At a start, once all are restored: an end may be durable without the start of the one that was to get its place. */
  refill(restored: readonly LiveExecution[]): Promise<void>;
  /** A person lets it run although the limit is reached: it counts like the others, so that nobody else starts in its stead. */
  force(execution: LiveExecution): void;
  /** A flow has another limit now: those that wait may run at once. */
  flowChanged(key: FlowKey, flow: Flow): void;
  /** Somebody else may run in the place of an execution that ended, or that never was. */
  readonly free: (execution: LiveExecution) => void;
}

export function createPlaces(parts: {
  readonly flows: FlowRegistry;
  readonly executor: () => Executor;
  readonly clock: Clock;
}): Places {
  const { flows, clock } = parts;
  const slots = createSlots();
  const start = (tenant: string, ids: readonly string[]) => {
    for (const id of ids) parts.executor().send({ tenant, id }, { type: "dequeue", state: "RUNNING" });
  };
  /** The limit is that of the latest revision. */
  const limitOf = ({ tenant, fixed: { namespace, flowId: id }, plan }: LiveExecution) =>
    (flows.cached({ tenant, namespace, id })?.plan ?? plan).flow.concurrency;
  return {
    admit: (execution) => {
      // One that waits for its time, or has ended before it came, takes no place.
      if (!isYetToRun(execution)) return ADMITTED;
      if (execution.state === "CREATED" && (execution.fixed.scheduleDate ?? 0) > clock.now()) return ADMITTED;
      return slots.admit(flowKeyOf(execution), execution.id, limitOf(execution));
    },
    standing: (execution) => {
      const standing = slots.standing(flowKeyOf(execution), execution.id);
      const limit = limitOf(execution)?.limit;
      return standing && { ...standing, ...(limit === undefined ? {} : { limit }) };
    },
    restore: (execution) => {
      const { id, state } = execution;
      // One that is yet to run is admitted when it goes on.
      if (!isTerminal(state) && !isYetToRun(execution)) slots.restore(flowKeyOf(execution), id, state === "QUEUED");
    },
    refill: async (restored) => {
      const queued = new Map(restored.filter(({ state }) => state === "QUEUED").map((each) => [flowKeyOf(each), each]));
      for (const [flowKey, { tenant, fixed, plan }] of queued) {
        const { namespace, flowId: id } = fixed;
        const { concurrency } = ((await latestPlan(flows, { tenant, namespace, id })) ?? plan).flow;
        start(tenant, slots.refill(flowKey, concurrency));
      }
    },
    flowChanged: ({ tenant, namespace, id }, { concurrency }) =>
      start(tenant, slots.refill(`${tenant}/${namespace}/${id}`, concurrency)),
    force: (execution) => slots.force(flowKeyOf(execution), execution.id),
    free: (execution) => start(execution.tenant, slots.release(flowKeyOf(execution), execution.id, limitOf(execution))),
  };
}

function flowKeyOf({ tenant, fixed }: LiveExecution): string {
  return `${tenant}/${fixed.namespace}/${fixed.flowId}`;
}

async function latestPlan(flows: FlowRegistry, key: FlowKey) {
  try {
    return (await flows.compiled(key)).plan;
  } catch (error) {
    // It was deleted, or is no longer valid.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

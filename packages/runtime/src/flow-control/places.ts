import { isYetToRun, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import type { Flow } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import type { Executor } from "../executor/executor.ts";
import type { SlotStanding } from "../services.ts";
import type { LiveKey } from "../executor/live-key.ts";
import { ADMITTED, type Admitted } from "./admission.ts";
import { createBatches, type Batches, type OpenBatch } from "./batches.ts";
import { createDebounces, type PutOff } from "./debounces.ts";
import { holdersOf } from "./pools.ts";
import { createQueues, type QueueParts } from "./queues.ts";
import { endOf } from "./quota-windows.ts";
import { batchState, lineState, poolState, type QueueState } from "./queue-states.ts";
import { applyLimits, createRestoring, isBegun } from "./restoring.ts";
import { flowName, hasQuota, withoutQuotas } from "./rules.ts";
import type { Stand } from "./stand.ts";

/**
 * When executions may run: concurrency limits, quotas, debounces and batches. Nothing of it but the counts of quotas is stored; the rows of
 * executions say who has a place and who waits, so that no place can be lost, and none be given twice.
 */
export interface Places {
  /** To be awaited before an execution of the flow is begun. */
  ready(tenant: string, flow: Flow): Promise<void> | undefined;
  /** The batch that a start is to be added to; undefined where it is an execution of its own. */
  readonly join: Batches["join"];
  /** Has an execution begin to which starts were added. */
  begin(execution: LiveKey): void;
  /** Nothing is added to an execution any more. */
  readonly closed: Batches["over"];
  /** How far the batch is that an execution waits for. */
  readonly batchOf: (execution: LiveKey) => OpenBatch | undefined;
  /** A new execution as it is to be begun: later, and in the place of another one, when its flow says so. */
  putOff(row: ExecutionRow, flow: Flow): PutOff;
  /** Whether an execution whose time has come may run; it takes its places then. */
  readonly admit: (execution: LiveExecution) => Admitted;
  /** What one that waits waits for; undefined for one that doesn't. Costs as much as waits before it. */
  readonly standing: (execution: LiveExecution) => SlotStanding | undefined;
  /** At a start: reads what these need to go on. */
  prepare(restored: readonly LiveExecution[]): Promise<void>;
  /** One that had its places, or waited for one, when the process ended. */
  restore(execution: LiveExecution): void;
  /** At a start, once all are restored: an end may be durable without the start of the one that was to get its place. */
  refill(restored: readonly LiveExecution[]): void;
  /** A person lets it run although limits are reached: it counts like the others, so that nobody else starts in its stead. */
  force(execution: LiveExecution): void;
  /** A flow has other limits now: those that wait may run at once. Undefined for one that is gone. */
  flowChanged(key: FlowKey, flow: Flow | undefined): void;
  /** Somebody else may run in the place of an execution that ended, or that never was. */
  readonly free: (execution: LiveExecution) => void;
  /** Every limit of a tenant at work: those that most wait for come first. */
  queues(tenant: string): readonly QueueState[];
  readonly stop: () => void;
}

export function createPlaces(parts: QueueParts): Places {
  const { rulesOf, clock } = parts;
  const queues = createQueues(parts);
  const { windows, passage, hold, letGo, limitsOf } = queues;
  const debounces = createDebounces();
  const admit = (execution: LiveExecution, isDue = false): Admitted => {
    // One that waits for its time, or has ended before it came, takes no place.
    if (!isYetToRun(execution)) return ADMITTED;
    const isEarly = execution.state === "CREATED" && (execution.fixed.scheduleDate ?? 0) > clock.now();
    if (isEarly && !isDue) return ADMITTED;
    waitsNoMore(execution);
    const rules = limitsOf(execution);
    if (rules.length === 0) return ADMITTED;
    // What goes on after its end does not start once more.
    const stand = queues.take(execution, execution.state === "RESTARTED" ? withoutQuotas(rules) : rules);
    const admitted = passage.admit(stand);
    queues.write(stand, parts.executor().unit);
    queues.watch(stand);
    if (admitted.admission === "CANCEL" || admitted.admission === "FAIL") letGo(execution);
    return admitted;
  };
  const begin = (key: LiveKey): void => {
    const execution = parts.executor().get(key);
    if (execution !== undefined)
      parts.executor().send(key, () => ({ type: "start", ...admit(execution, true), isDue: true }));
  };
  const batches = createBatches(begin);
  const waitsNoMore = (execution: LiveExecution): void => {
    debounces.over(execution);
    batches.over(execution);
  };
  return {
    ready: (tenant, flow) => (hasQuota(rulesOf(tenant, flow)) ? windows.load() : undefined),
    join: batches.join,
    begin,
    closed: batches.over,
    batchOf: batches.of,
    putOff: (row, { debounce, batch }) => {
      if (batch !== undefined && row.control?.batch !== undefined) return { row: batches.open(row, batch) };
      return debounce === undefined || row.scheduleDate !== undefined ? { row } : debounces.put(row, debounce);
    },
    admit: (execution) => admit(execution),
    standing: (execution) => standingOf(queues.standOf(execution)),
    force: (execution) => {
      waitsNoMore(execution);
      hold(execution, limitsOf(execution));
    },
    free: (execution) => {
      waitsNoMore(execution);
      letGo(execution);
    },
    flowChanged: (key, flow) => {
      batches.flowChanged(key);
      if (flow === undefined) return;
      const rules = rulesOf(key.tenant, flow);
      // Those that began without a limit count for one that there is now.
      const begun = flow.concurrency.length === 0 ? [] : executionsOf(parts.executor(), key).filter(isBegun);
      for (const execution of begun) if (queues.standOf(execution) === undefined) hold(execution, rules);
      queues.fillAll(applyLimits(queues.pools, flowName(key.tenant, key), rules));
    },
    ...createRestoring(parts, queues, { debounces, batches, begin }),
    queues: (tenant) => {
      const lines = windows.ofTenant(tenant).filter(({ count, waiting }) => count + waiting.size > 0);
      const states = [...queues.pools.ofTenant(tenant).map(poolState), ...lines.map(lineState)];
      const atWork = states.filter(({ limit, waiting }) => limit !== undefined || waiting > 0);
      return [...atWork, ...batches.ofTenant(tenant).map(batchState)];
    },
    stop: queues.stop,
  };
}

function standingOf(stand: Stand | undefined): SlotStanding | undefined {
  if (stand?.waitsFor === undefined) return undefined;
  const { waitsFor, id } = stand;
  const position = waitsFor.waiting.position(id);
  const waiting = waitsFor.waiting.size;
  if (waitsFor.kind === "quota") return { position, waiting, running: 0, holders: [], until: endOf(waitsFor) };
  const { limit, holders } = waitsFor;
  const running = { running: holders.size, holders: holdersOf(waitsFor) };
  return { position, waiting, ...running, ...(limit === undefined ? {} : { limit }) };
}

function executionsOf(executor: Executor, { tenant, namespace, id }: FlowKey): LiveExecution[] {
  const isOf = ({ tenant: own, fixed }: LiveExecution) =>
    own === tenant && fixed.flowId === id && fixed.namespace === namespace;
  return Array.from(executor.live()).filter(isOf);
}

import {
  isTerminal,
  replayRows,
  restoreLive,
  retryId,
  type ExecutionRow,
  type LiveExecution,
  type Plan,
  type State,
} from "@capstan/engine";
import type { FlowKey, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { RequestError } from "../services.ts";
import { flowKeyOf, type Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";
import { commitInsisting } from "./insist.ts";
import type { LiveKey } from "./live-key.ts";
import { isAfterMessage, replayIn, replayMessage } from "./pending-work.ts";
import type { Slots } from "./slots.ts";

export interface RecoveryParts {
  readonly store: Store;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly executor: Executor;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** Brings executions back into memory from their rows. */
export interface Recovery {
  /** At a start: every execution that has not ended or has something left to do, and all timers. */
  recoverAll(): Promise<void>;
  /** An execution as the store has it; it is not taken into memory. */
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  /** Retry with a new execution: a copy that goes on from a task run of the failed one, at that time. */
  retryFrom(execution: LiveKey, taskRun: number, retryAt: number): Promise<void>;
}

const OPEN_STATES: readonly State[] = ["CREATED", "RUNNING", "PAUSED", "RESTARTED", "KILLING", "QUEUED", "RETRYING"];
/** Executions that are listed at once. */
const BATCH = 1_000;

export function createRecovery(parts: RecoveryParts): Recovery {
  const { store, flows, creation, executor, slots, clock, logger, newId } = parts;
  const restore = async (tenant: string, id: string): Promise<LiveExecution | undefined> => {
    const row = await store.executions.get(tenant, id);
    if (row === undefined) return undefined;
    const { plan } = await flows.compiled({ tenant, namespace: row.namespace, id: row.flowId }, row.flowRevision);
    return restoreLive(plan, row, await store.executions.taskRuns(tenant, id));
  };
  const restoreOpen = async (): Promise<readonly LiveExecution[]> => {
    const restored: LiveExecution[] = [];
    let after: { tenant: string; id: string } | undefined;
    for (;;) {
      const keys = await store.executions.listByState(OPEN_STATES, BATCH, after);
      for (const { tenant, id } of keys) {
        const execution = await restore(tenant, id);
        if (execution !== undefined && !isTerminal(execution.state)) restored.push(execution);
      }
      if (keys.length < BATCH) return restored;
      after = keys.at(-1)!;
    }
  };
  /** An end that freed a slot may be durable without the start of the one that was to get it. */
  const refillSlots = async (restored: readonly LiveExecution[]) => {
    const queued = new Map(restored.filter(({ state }) => state === "QUEUED").map((each) => [flowKeyOf(each), each]));
    for (const [flowKey, { tenant, fixed, plan }] of queued) {
      const latest = await latestPlan(flows, { tenant, namespace: fixed.namespace, id: fixed.flowId });
      const { concurrency } = (latest ?? plan).flow;
      for (const id of slots.refill(flowKey, concurrency))
        executor.send({ tenant, id }, { type: "dequeue", state: "RUNNING" });
    }
  };
  const retryFrom = async ({ tenant, id }: LiveKey, taskRun: number, retryAt: number): Promise<void> => {
    const row = await store.executions.get(tenant, id);
    const taskRuns = await store.executions.taskRuns(tenant, id);
    const target = taskRuns.find((run) => run.index === taskRun);
    if (row === undefined || target === undefined) return;
    const { plan } = await flows.compiled({ tenant, namespace: row.namespace, id: row.flowId }, row.flowRevision);
    const replayed = replayRows(plan, row, taskRuns, target, {
      id: retryId(row),
      now: clock.now(),
      newId,
      retryAt,
    });
    const executionId = replayed.row.id;
    const unit = {
      executions: [replayed.row],
      taskRuns: replayed.taskRuns.map((run) => ({ tenant, executionId, row: run })),
      takenMessages: [replayMessage({ tenant, id }, taskRun, retryAt)],
    };
    await commitInsisting(store, unit, clock, logger);
    creation.adoptRestored(restoreLive(plan, replayed.row, replayed.taskRuns));
    // Who waits for it may have been told to stop while there was nothing to kill.
    if (isCallerStopping(executor, replayed.row)) executor.send({ tenant, id: executionId }, { type: "kill" });
  };
  const retryFailed = (error: unknown) => logger.error({ err: error }, "a retry with a new execution failed");
  const doPendingWork = async () => {
    for (const message of await store.messages.all()) {
      const key = { tenant: message.tenant, id: message.executionId };
      const replay = replayIn(message);
      if (replay !== undefined) await retryFrom(key, replay.taskRun, replay.at).catch(retryFailed);
      else if (isAfterMessage(message) && executor.get(key) === undefined) {
        const execution = await restore(key.tenant, key.id);
        if (execution !== undefined) creation.adoptRestored(execution);
      }
    }
  };
  return {
    recoverAll: async () => {
      // Children and parents tell each other how they are: nothing goes on before all are back.
      const restored = await restoreOpen();
      for (const execution of restored) creation.adoptRestored(execution);
      await refillSlots(restored);
      await doPendingWork();
      for (const timer of await store.timers.all()) executor.timers.set(timer);
    },
    restore,
    retryFrom,
  };
}

function isCallerStopping(executor: Executor, { tenant, parent }: ExecutionRow): boolean {
  if (parent === undefined) return false;
  const caller = executor.get({ tenant, id: parent.executionId });
  return caller?.runs.get(parent.taskRun)?.state === "KILLING";
}

async function latestPlan(flows: FlowRegistry, key: FlowKey): Promise<Plan | undefined> {
  try {
    return (await flows.compiled(key)).plan;
  } catch (error) {
    // It was deleted, or is no longer valid.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

import { isTerminal, replayRows, restoreLive, type LiveExecution, type State } from "@capstan/engine";
import type { Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";

export interface RecoveryParts {
  readonly store: Store;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Brings executions back into memory from their rows. */
export interface Recovery {
  /** At a start: every execution that has not ended, and all timers. */
  recoverAll(): Promise<void>;
  /** Retry with a new execution: a copy that goes on from a task run of the failed one, at that time. */
  retryFrom(execution: LiveExecution, taskRun: number, retryAt: number): Promise<void>;
}

const OPEN_STATES: readonly State[] = ["CREATED", "RUNNING", "PAUSED", "RESTARTED", "KILLING", "QUEUED", "RETRYING"];
/** Executions that are listed at once. */
const BATCH = 1_000;

export function createRecovery({ store, flows, creation, executor, clock, newId }: RecoveryParts): Recovery {
  const recover = async (tenant: string, id: string) => {
    const row = await store.executions.get(tenant, id);
    if (row === undefined || isTerminal(row.state)) return;
    const { plan } = await flows.compiled({ tenant, namespace: row.namespace, id: row.flowId }, row.flowRevision);
    creation.adoptRestored(restoreLive(plan, row, await store.executions.taskRuns(tenant, id)));
  };
  return {
    recoverAll: async () => {
      let after: { tenant: string; id: string } | undefined;
      for (;;) {
        const keys = await store.executions.listByState(OPEN_STATES, BATCH, after);
        for (const { tenant, id } of keys) await recover(tenant, id);
        if (keys.length < BATCH) break;
        after = keys.at(-1)!;
      }
      for (const timer of await store.timers.all()) executor.timers.set(timer);
    },
    retryFrom: async (execution, taskRun, retryAt) => {
      const { tenant, id } = execution;
      const row = await store.executions.get(tenant, id);
      const taskRuns = await store.executions.taskRuns(tenant, id);
      const target = taskRuns.find(({ index }) => index === taskRun);
      if (row === undefined || target === undefined) return;
      const replayed = replayRows(execution.plan, row, taskRuns, target, {
        id: newId(),
        now: clock.now(),
        newId,
        retryAt,
      });
      const executionId = replayed.row.id;
      await store.commit({
        executions: [replayed.row],
        taskRuns: replayed.taskRuns.map((run) => ({ tenant, executionId, row: run })),
      });
      creation.adoptRestored(restoreLive(execution.plan, replayed.row, replayed.taskRuns));
    },
  };
}

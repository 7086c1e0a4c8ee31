import {
  changedRows,
  hasRestartPoint,
  replayRows,
  restartRows,
  restoreLive,
  type ExecutionRow,
  type Rewound,
  type TaskRunRow,
} from "@capstan/engine";
import type { Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { ExecutionService } from "../services.ts";
import type { Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";
import { ended, nothingToRestart, taskRunNotFound } from "./stored-executions.ts";

export type Rewinds = Pick<ExecutionService, "restart" | "replay" | "changeTaskRunState">;

/** Lets executions that have ended go on from a point in their past. Every answer is durable. */
export function createRewinds(parts: {
  readonly store: Store;
  readonly executor: Executor;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly clock: Clock;
  readonly newId: () => string;
}): Rewinds {
  const { store, executor, flows, creation, clock, newId } = parts;
  const planOf = async ({ tenant, namespace, flowId, flowRevision }: ExecutionRow, revision = flowRevision) =>
    (await flows.compiled({ tenant, namespace, id: flowId }, revision)).plan;
  const goOn = async (tenant: string, { row, taskRuns, removed }: Rewound): Promise<ExecutionRow> => {
    const executionId = row.id;
    const plan = await planOf(row);
    await store.commit({
      executions: [row],
      taskRuns: taskRuns.map((run) => ({ tenant, executionId, row: run })),
      removedTaskRuns: removed.map((index) => ({ tenant, executionId, index })),
    });
    creation.adoptRestored(restoreLive(plan, row, taskRuns));
    return row;
  };
  return {
    restart: async (tenant, id, options = {}) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const plan = await planOf(row, options.revision);
      if (!hasRestartPoint(plan, row, taskRuns)) throw nothingToRestart(row);
      const revised = options.revision === undefined ? row : { ...row, flowRevision: options.revision };
      return goOn(tenant, restartRows(plan, revised, taskRuns, clock.now(), options.callerAttempt));
    },
    replay: async (tenant, id, options = {}) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const revision = options.revision ?? row.flowRevision;
      if (options.taskRunId === undefined)
        return executor.unlessStalled(creation.replayWhole(row, revision, options.inputs));
      const target = targetOf(taskRuns, options.taskRunId);
      const plan = await planOf(row, revision);
      const revised = { ...row, flowRevision: revision };
      return goOn(tenant, replayRows(plan, revised, taskRuns, target, { id: newId(), now: clock.now(), newId }));
    },
    changeTaskRunState: async (tenant, id, taskRunId, state) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const target = targetOf(taskRuns, taskRunId);
      return goOn(tenant, changedRows(await planOf(row), row, taskRuns, { target, state, now: clock.now() }));
    },
  };
}

function targetOf(taskRuns: readonly TaskRunRow[], taskRunId: string): TaskRunRow {
  const target = taskRuns.find((run) => run.id === taskRunId);
  if (target === undefined) throw taskRunNotFound(taskRunId);
  return target;
}

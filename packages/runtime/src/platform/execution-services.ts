import type { ExecutionRow, State } from "@capstan/engine";
import type { ExecutionServices } from "@capstan/sdk";
import type { ExecutionFilter, Store } from "@capstan/store";
import { defined } from "../defined.ts";
import { describeExecution } from "./describe-execution.ts";
import { purgeLogs } from "../purge/purge-logs.ts";
import type { ExecutionService, TriggerService } from "../services.ts";

/** Executions looked at in one go. */
const BATCH = 500;
/** Lines of a log that a task reads at most. */
const LOG_LINES_MAX = 10_000;

export interface ExecutionServicesParts {
  readonly store: Store;
  readonly executions: () => ExecutionService;
  readonly triggers: () => TriggerService;
  /** Where people reach the server, without a slash at the end. */
  readonly publicUrl: string | undefined;
}

/** What tasks may do with executions, logs and triggers of their tenant. */
export function createExecutionServices(parts: ExecutionServicesParts, tenant: string): ExecutionServices {
  const { store } = parts;
  return {
    describe: (executionId) => describeExecution(parts, tenant, executionId),
    resume: (executionId, inputs) => parts.executions().resume(tenant, executionId, inputs),
    count: (wanted) => countExecutions(store, tenant, wanted),
    logs: async ({ executionId, taskIds, minimumLevel }) => {
      const filter = defined({ tenant, executionId, taskIds, minimumLevel });
      const { rows } = await store.logs.search(filter, { offset: 0, limit: LOG_LINES_MAX });
      return rows.map(({ time, level, message, taskId, taskRunId, attempt }) =>
        defined({ time, level, message, taskId, taskRunId, attempt }),
      );
    },
    purge: (wanted) => purgeExecutions(parts.executions(), tenant, wanted),
    purgeLogs: async ({ namespace, flowId, executionId, levels, startDate, endDate }) => {
      const where = flowId === undefined ? { namespacePrefix: namespace } : { namespace, flowId };
      const filter = defined({ tenant, ...where, executionId, levels, after: startDate, before: endDate });
      return purgeLogs(store, filter);
    },
    childOutputs: (executionId, taskId, value) => childOutputs(store, { tenant, executionId, taskId, value }),
    setTriggerDisabled: async (namespace, flowId, triggerId, disabled) => {
      await parts.triggers().setDisabled({ tenant, namespace, flowId, triggerId }, disabled);
    },
  };
}

type Asked<Name extends "count" | "purge"> = Parameters<ExecutionServices[Name]>[0];

async function countExecutions(
  store: Store,
  tenant: string,
  { flows, namespaces, states, startDate, endDate }: Asked<"count">,
): ReturnType<ExecutionServices["count"]> {
  const targets: Partial<ExecutionFilter>[] = [
    ...(flows ?? []).map(({ namespace, flowId }) => ({ namespace, flowId })),
    ...(namespaces ?? []).map((namespacePrefix) => ({ namespacePrefix })),
  ];
  const counts = [];
  for (const target of targets.length === 0 ? [{}] : targets) {
    const filter = { tenant, ...target, ...statesOf(states), ...rangeOf(startDate, endDate) };
    const { total } = await store.executions.search(filter, { offset: 0, limit: 0 });
    const namespace = target.namespace ?? target.namespacePrefix ?? "";
    counts.push({ namespace, flowId: target.flowId ?? "", count: total });
  }
  return counts;
}

async function purgeExecutions(
  service: ExecutionService,
  tenant: string,
  { namespace, flowId, startDate, endDate, states, batchSize, ...what }: Asked<"purge">,
): ReturnType<ExecutionServices["purge"]> {
  const where = flowId === undefined ? { namespacePrefix: namespace } : { namespace, flowId };
  const rule = { tenant, ...where, ...statesOf(states), startAfter: startDate, endBefore: endDate };
  const request = { tenant, expiry: [defined(rule)], batchSize, ...what };
  const { executions, logLines: logs, metrics, files: storages } = await service.purge(defined(request));
  return { executions, logs, metrics, storages };
}

interface ChildrenOf {
  readonly tenant: string;
  readonly executionId: string;
  readonly taskId: string;
  readonly value: string | undefined;
}

/** Outputs of what one task run created, in the order of its batches; a batch that was run more than once counts with its last. */
async function childOutputs(
  store: Store,
  { tenant, executionId, taskId, value }: ChildrenOf,
): ReturnType<ExecutionServices["childOutputs"]> {
  const runs = await store.executions.taskRuns(tenant, executionId);
  const creator = runs.findLast((run) => run.taskId === taskId && run.value === value);
  if (creator === undefined) return [];
  const children: ExecutionRow[] = [];
  for (let offset = 0; ; offset += BATCH) {
    const filter = { tenant, parentExecutionId: executionId };
    const { rows } = await store.executions.search(filter, { offset, limit: BATCH });
    children.push(...rows.filter(({ parent }) => parent?.taskRun === creator.index));
    if (rows.length < BATCH) break;
  }
  const latest = new Map<number, ExecutionRow>();
  for (const child of children.toSorted((one, other) => one.createdAt - other.createdAt))
    latest.set(child.parent?.iteration ?? 0, child);
  const ordered = [...latest].toSorted(([one], [other]) => one - other).map(([, child]) => child);
  return ordered.flatMap(({ outputs }) => (outputs === undefined ? [] : [outputs]));
}

function statesOf(states: readonly string[] | undefined): Pick<ExecutionFilter, "states"> {
  return states === undefined ? {} : { states: states as readonly State[] };
}

function rangeOf(startAfter: number | undefined, startBefore: number | undefined): Partial<ExecutionFilter> {
  return defined({ startAfter, startBefore });
}

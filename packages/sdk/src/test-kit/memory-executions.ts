import type { JsonMap, LogLevel } from "@capstan/model";
import type { ExecutionServices, ExecutionSummary, LogRecord } from "../context.ts";
import { TaskFailure } from "../definition.ts";

export interface MemoryExecution extends Omit<ExecutionSummary, "executionId" | "flowRevision"> {
  readonly id: string;
  readonly logs?: readonly LogRecord[];
}

export interface MemoryExecutions extends ExecutionServices {
  /** What is stored; tests fill it, purges shorten it. */
  stored: MemoryExecution[];
  readonly resumed: { readonly executionId: string; readonly inputs: JsonMap | undefined }[];
  readonly triggers: Map<string, { readonly disabled: boolean }>;
}

const LEVELS: readonly LogLevel[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const TERMINAL = new Set(["SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"]);

/** Executions in memory; nothing runs, so resuming and toggling are only noted. */
export function createMemoryExecutions(): MemoryExecutions {
  const executions: MemoryExecutions = {
    stored: [],
    resumed: [],
    triggers: new Map(),
    async describe(executionId) {
      const found = executions.stored.find(({ id }) => id === executionId);
      if (found === undefined) throw new TaskFailure(`There is no execution ${executionId}.`);
      const { id: _id, logs: _logs, ...summary } = found;
      return { ...summary, executionId, flowRevision: 1 };
    },
    async resume(executionId, inputs) {
      const paused = executions.stored.find(({ id }) => id === executionId);
      if (paused?.state !== "PAUSED") throw new TaskFailure(`The execution ${executionId} is not paused.`);
      executions.stored = executions.stored.map((one) => (one === paused ? { ...one, state: "RUNNING" } : one));
      executions.resumed.push({ executionId, inputs });
    },
    count: async (filter) => count(executions.stored, filter),
    async logs({ executionId, taskIds, minimumLevel = "TRACE" }) {
      const logs = executions.stored.find(({ id }) => id === executionId)?.logs ?? [];
      return logs.filter(
        ({ level, taskId }) =>
          LEVELS.indexOf(level) >= LEVELS.indexOf(minimumLevel) && (taskIds?.includes(taskId ?? "") ?? true),
      );
    },
    async purge(options) {
      const purged = executions.stored.filter((one) => TERMINAL.has(one.state) && isOf(one, options));
      if (options.executions) executions.stored = executions.stored.filter((one) => !purged.includes(one));
      const logs = purged.reduce((total, one) => total + (one.logs?.length ?? 0), 0);
      return {
        executions: options.executions ? purged.length : 0,
        logs: options.logs ? logs : 0,
        metrics: 0,
        storages: 0,
      };
    },
    async purgeLogs(options) {
      let purged = 0;
      executions.stored = executions.stored.map((one) => {
        if (!isOf(one, options) || (options.executionId !== undefined && one.id !== options.executionId)) return one;
        const kept = (one.logs ?? []).filter(({ level }) => options.levels?.includes(level) === false);
        purged += (one.logs?.length ?? 0) - kept.length;
        return { ...one, logs: kept };
      });
      return purged;
    },
    async childOutputs() {
      return [];
    },
    async setTriggerDisabled(namespace, flowId, triggerId, disabled) {
      executions.triggers.set(`${namespace}.${flowId}.${triggerId}`, { disabled });
    },
  };
  return executions;
}

type CountFilter = Parameters<ExecutionServices["count"]>[0];

function count(stored: readonly MemoryExecution[], filter: CountFilter) {
  const matching = stored.filter(
    (one) =>
      (filter.states?.includes(one.state) ?? true) &&
      one.startDate >= (filter.startDate ?? 0) &&
      one.startDate <= (filter.endDate ?? Number.MAX_SAFE_INTEGER),
  );
  const known = filter.flows ?? stored.filter(({ namespace }) => filter.namespaces?.includes(namespace) ?? true);
  const keys = new Map(known.map(({ namespace, flowId }) => [`${namespace}/${flowId}`, { namespace, flowId }]));
  return [...keys.values()].map((key) => ({
    ...key,
    count: matching.filter((one) => one.namespace === key.namespace && one.flowId === key.flowId).length,
  }));
}

interface PurgeFilter {
  readonly namespace?: string;
  readonly flowId?: string;
  readonly startDate?: number;
  readonly endDate: number;
  readonly states?: readonly string[];
}

function isOf(execution: MemoryExecution, filter: PurgeFilter): boolean {
  const { namespace, flowId, startDate = 0, endDate, states } = filter;
  if (execution.startDate < startDate || execution.startDate > endDate) return false;
  if (states !== undefined && !states.includes(execution.state)) return false;
  if (flowId !== undefined) return execution.flowId === flowId && execution.namespace === namespace;
  return (
    namespace === undefined || execution.namespace === namespace || execution.namespace.startsWith(`${namespace}.`)
  );
}

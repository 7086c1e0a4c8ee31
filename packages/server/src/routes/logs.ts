import type { logRoutes } from "@capstan/api";
import type { LogBatch, LogEntry, LogFilter } from "@capstan/store";
import type { Call, Handlers } from "../mount.ts";
import { logText, presentLog, presentMetric } from "../presentation/rows.ts";
import { readFilter } from "../requests/criteria.ts";
import { logRules } from "../requests/filters.ts";
import { presentPage, readAll, readPage } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { existingExecution } from "./execution-lookup.ts";

/** Most lines that one answer holds. */
const LOG_LINES_MAX = 200_000;
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

export function logHandlers(service: Service): Handlers<typeof logRoutes> {
  const { store, executions } = service.runtime;
  const stored = (filter: LogFilter) => readAll((page) => store.logs.search(filter, page), LOG_LINES_MAX);
  return {
    searchLogs: async ({ tenant, query }) => {
      const filter = readFilter(query, { tenant }, logRules, service.now());
      return presentPage(await store.logs.search(filter, readPage(query, { timestamp: "timestamp" })), presentLog);
    },
    listExecutionLogs: async (call) => (await stored(await executionFilter(service, call))).map(presentLog),
    downloadExecutionLogs: async (call) => {
      const lines = await stored(await executionFilter(service, call));
      call.reply.header("content-disposition", attachment(`${call.parameters.executionId}.log`));
      return lines.map(logText).join("\n");
    },
    followExecutionLogs: async (call) => {
      const filter = await executionFilter(service, call);
      const { executionId } = call.parameters;
      const early: LogBatch[] = [];
      let take = (batch: LogBatch): void => void early.push(batch);
      const following = executions.followLogs(call.tenant, executionId, (batch) => take(batch));
      let lines: readonly LogEntry[];
      try {
        lines = await stored(filter);
      } catch (error) {
        following.stop();
        throw error;
      }
      const stream = service.streams.open(call.reply);
      stream.onEnd(() => following.stop());
      for (const line of lines) stream.send("progress", presentLog(line));
      const sent = new Set(lines.map(identity));
      take = (batch) => {
        for (const line of linesOf(batch, filter)) stream.send("progress", presentLog(line));
      };
      // What was committed while the stored lines were read may be among them.
      for (const batch of early)
        for (const line of linesOf(batch, filter))
          if (!sent.has(identity(line))) stream.send("progress", presentLog(line));
      return call.reply;
    },
    deleteExecutionLogs: async (call) => {
      await store.commit({ removedLogs: [await executionFilter(service, call)] });
    },
    listExecutionMetrics: async ({ tenant, parameters: { executionId }, query }) => {
      await existingExecution(service, tenant, executionId);
      const { taskId, taskRunId } = query;
      const filter = {
        tenant,
        executionId,
        ...(taskId !== undefined && { taskId }),
        ...(taskRunId !== undefined && { taskRunId }),
      };
      const page = readPage(query, { timestamp: "timestamp", name: "name" });
      return presentPage(await store.metrics.search(filter, page), presentMetric);
    },
  };
}

type LogCall = Pick<Call<(typeof logRoutes)["listExecutionLogs"]>, "tenant" | "parameters" | "query">;

/** Throws 404 when there is no such execution. */
async function executionFilter(service: Service, { tenant, parameters, query }: LogCall): Promise<LogFilter> {
  const { executionId } = parameters;
  await existingExecution(service, tenant, executionId);
  const { minLevel: _minLevel, ...filters } = query;
  return {
    ...readFilter(filters, { tenant, executionId }, logRules, service.now()),
    tenant,
    executionId,
    ...(query.minLevel !== undefined && { minimumLevel: query.minLevel }),
    ...(query.taskRunId !== undefined && { taskRunId: query.taskRunId }),
    ...(query.taskId !== undefined && { taskIds: query.taskId }),
    ...(query.attempt !== undefined && { attempt: query.attempt }),
  };
}

type LiveLine = Omit<LogEntry, "sequence">;

function linesOf({ lines, ...source }: LogBatch, filter: LogFilter): readonly LiveLine[] {
  const { taskRunId, taskIds, attempt, minimumLevel, levels } = filter;
  if (taskRunId !== undefined && source.taskRunId !== taskRunId) return [];
  if (taskIds !== undefined && !taskIds.includes(source.taskId ?? "")) return [];
  if (attempt !== undefined && source.attempt !== attempt) return [];
  const lowest = minimumLevel === undefined ? 0 : LEVELS.indexOf(minimumLevel);
  return lines
    .filter(({ level }) => LEVELS.indexOf(level) >= lowest && (levels === undefined || levels.includes(level)))
    .map((line) => ({ ...source, ...line }));
}

function identity({ time, level, message, taskRunId, attempt }: LiveLine): string {
  return JSON.stringify([time, level, message, taskRunId, attempt]);
}

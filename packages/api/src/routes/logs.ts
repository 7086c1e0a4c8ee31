import { z } from "zod";
import { routes } from "../route.ts";
import { logEntry, logLevel, roughPageOf } from "../schemas/answers.ts";
import { count, filteredPageQuery, many } from "../schemas/query.ts";

const view = { resource: "EXECUTION", action: "VIEW" } as const;
const executionLogs = z.looseObject({
  minLevel: logLevel.optional(),
  taskRunId: z.string().optional(),
  taskId: many(z.string()).optional(),
  attempt: count(0, 1_000_000).optional(),
});

export const logRoutes = routes({
  searchLogs: {
    method: "GET",
    path: "/logs/search",
    permission: { resource: "EXECUTION", action: "LIST" },
    summary: "Search log lines",
    query: filteredPageQuery,
    filteredBy: "log",
    get answer() {
      return roughPageOf(logEntry);
    },
  },
  listExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}",
    operation: "listLogsFromExecution",
    permission: view,
    summary: "Get the log of an execution",
    query: executionLogs,
    filteredBy: "log",
    get answer() {
      return z.array(logEntry);
    },
  },
  downloadExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}/download",
    operation: "downloadLogsFromExecution",
    permission: view,
    summary: "Download the log of an execution as text",
    query: executionLogs,
    filteredBy: "log",
    get answer() {
      return z.string();
    },
    answerType: "text/plain",
  },
  followExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}/follow",
    operation: "followLogsFromExecution",
    permission: view,
    summary: "Follow the log of an execution: every stored line, then live ones",
    query: executionLogs,
    filteredBy: "log",
    get answer() {
      return z.string();
    },
    answerType: "text/event-stream",
  },
  deleteExecutionLogs: {
    method: "DELETE",
    path: "/logs/{executionId}",
    operation: "deleteLogsFromExecution",
    permission: { resource: "EXECUTION", action: "DELETE" },
    summary: "Delete the log of an execution",
    query: executionLogs,
    filteredBy: "log",
  },
  deleteFlowLogs: {
    method: "DELETE",
    path: "/logs/{namespace}/{flowId}",
    operation: "deleteLogsFromFlow",
    permission: { resource: "EXECUTION", action: "DELETE" },
    summary: "Delete the log of a trigger of a flow",
    get query() {
      return z.object({ triggerId: z.string().min(1) });
    },
  },
});

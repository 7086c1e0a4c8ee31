import { z } from "zod";
import { routes } from "../route.ts";
import { logEntry, logLevel, metric, pageOf } from "../schemas/answers.ts";
import { count, filteredPageQuery, many, pageQuery } from "../schemas/query.ts";

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
    answer: pageOf(logEntry),
  },
  listExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}",
    permission: view,
    summary: "Get the log of an execution",
    query: executionLogs,
    answer: z.array(logEntry),
  },
  downloadExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}/download",
    permission: view,
    summary: "Download the log of an execution as text",
    query: executionLogs,
    answer: z.string(),
    answerType: "text/plain",
  },
  followExecutionLogs: {
    method: "GET",
    path: "/logs/{executionId}/follow",
    permission: view,
    summary: "Follow the log of an execution: every stored line, then live ones",
    query: executionLogs,
    answer: z.string(),
    answerType: "text/event-stream",
  },
  deleteExecutionLogs: {
    method: "DELETE",
    path: "/logs/{executionId}",
    permission: { resource: "EXECUTION", action: "DELETE" },
    summary: "Delete the log of an execution",
    query: executionLogs,
  },
  listExecutionMetrics: {
    method: "GET",
    path: "/metrics/{executionId}",
    permission: view,
    summary: "List the metrics of an execution",
    query: pageQuery.extend({ taskRunId: z.string().optional(), taskId: z.string().optional() }),
    answer: pageOf(metric),
  },
});

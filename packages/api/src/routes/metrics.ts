import { z } from "zod";
import { routes } from "../route.ts";
import { metric, pageOf } from "../schemas/answers.ts";
import { instant } from "../schemas/execution.ts";
import { pageQuery } from "../schemas/query.ts";

const view = { resource: "EXECUTION", action: "VIEW" } as const;
const names = z.array(z.string());
const aggregated = {
  method: "GET",
  permission: view,
  query: z.object({
    startDate: instant.optional().describe("Default 30 days before the end"),
    endDate: instant.optional().describe("Default now"),
    aggregation: z.enum(["sum", "avg", "min", "max"]).default("sum"),
  }),
  answer: z.object({
    groupBy: z.enum(["minute", "hour", "day", "week", "month"]),
    aggregations: z.array(z.object({ name: z.string(), value: z.number().optional(), date: instant })),
  }),
} as const;

export const metricRoutes = routes({
  listExecutionMetrics: {
    method: "GET",
    path: "/metrics/{executionId}",
    operation: "searchByExecution",
    permission: view,
    summary: "List the metrics of an execution",
    get query() {
      return pageQuery.extend({ taskRunId: z.string().optional(), taskId: z.string().optional() });
    },
    get answer() {
      return pageOf(metric);
    },
  },
  listFlowMetricNames: {
    method: "GET",
    path: "/metrics/names/{namespace}/{flowId}",
    operation: "listFlowMetrics",
    permission: view,
    summary: "List the names of the metrics of a flow",
    answer: names,
  },
  listTaskMetricNames: {
    method: "GET",
    path: "/metrics/names/{namespace}/{flowId}/{taskId}",
    operation: "listTaskMetrics",
    permission: view,
    summary: "List the names of the metrics of a task",
    answer: names,
  },
  listTasksWithMetrics: {
    method: "GET",
    path: "/metrics/tasks/{namespace}/{flowId}",
    permission: view,
    summary: "List the tasks of a flow that have metrics",
    answer: names,
  },
  aggregateFlowMetric: {
    ...aggregated,
    path: "/metrics/aggregates/{namespace}/{flowId}/{metric}",
    operation: "aggregateMetricsFromFlow",
    summary: "Sum up a metric of a flow over time",
  },
  aggregateTaskMetric: {
    ...aggregated,
    path: "/metrics/aggregates/{namespace}/{flowId}/{taskId}/{metric}",
    operation: "aggregateMetricsFromTask",
    summary: "Sum up a metric of a task over time",
  },
});

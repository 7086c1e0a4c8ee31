import { z } from "zod";
import { routes } from "../route.ts";
import { logLevel } from "../schemas/answers.ts";
import { anyMap, execution, instant, stateName } from "../schemas/execution.ts";

const view = { resource: "EXECUTION", action: "LIST" } as const;
const flowIds = z.array(z.object({ namespace: z.string(), id: z.string() })).max(1000);
const wanted = z.object({
  q: z.string().optional(),
  namespace: z.string().optional(),
  flowId: z.string().optional(),
  startDate: instant.optional(),
  endDate: instant.optional(),
  state: z.array(stateName).optional(),
  scope: z.array(z.enum(["USER", "SYSTEM"])).optional(),
});
const counts = z.record(z.string(), z.number().int());
const daily = z.object({
  startDate: instant,
  groupBy: z.string(),
  duration: z.object({
    min: z.string(),
    avg: z.string(),
    max: z.string(),
    sum: z.string(),
    count: z.number().int(),
  }),
  executionCounts: counts,
});

/** Counts over time, as the pages of clients before 0.23 show them. */
export const statisticRoutes = routes({
  dailyStatistics: {
    method: "POST",
    path: "/stats/executions/daily",
    permission: view,
    summary: "Count the executions of each day by state",
    body: { kind: "json", schema: wanted },
    get answer() {
      return z.array(daily);
    },
  },
  dailyStatisticsByFlow: {
    method: "POST",
    path: "/stats/executions/daily/group-by-flow",
    operation: "dailyStatisticsGroupByFlow",
    permission: view,
    summary: "Count the executions of each day by flow and state",
    body: {
      kind: "json",
      schema: wanted.extend({ flows: flowIds.optional(), namespaceOnly: z.boolean().default(false) }),
    },
    get answer() {
      return z.record(z.string(), z.record(z.string(), z.array(daily)));
    },
  },
  statisticsByNamespace: {
    method: "POST",
    path: "/stats/executions/daily/group-by-namespace",
    operation: "dailyGroupByNamespace",
    permission: view,
    summary: "Count executions by namespace and state",
    body: { kind: "json", schema: wanted },
    get answer() {
      return z.record(z.string(), z.object({ counts, total: z.number().int() }));
    },
  },
  latestExecutionsByFlow: {
    method: "POST",
    path: "/stats/executions/latest/group-by-flow",
    operation: "lastExecutions",
    permission: view,
    summary: "Get the latest execution of each flow",
    body: {
      kind: "json",
      get schema() {
        return z.object({ flows: flowIds });
      },
    },
    get answer() {
      return z.array(execution);
    },
  },
  dailyLogStatistics: {
    method: "POST",
    path: "/stats/logs/daily",
    operation: "logsDailyStatistics",
    permission: view,
    summary: "Count the lines of logs of each day by level",
    body: {
      kind: "json",
      get schema() {
        return wanted.extend({ triggerId: z.string().optional(), logLevel: logLevel.optional() });
      },
    },
    get answer() {
      return z.array(z.object({ timestamp: instant, groupBy: z.string(), counts }));
    },
  },
  summary: {
    method: "POST",
    path: "/stats/summary",
    permission: view,
    summary: "Count flows and triggers",
    body: { kind: "json", schema: wanted },
    get answer() {
      return z.object({ flows: z.number().int(), triggers: z.number().int() });
    },
  },
  usages: {
    method: "GET",
    path: "/usages/all",
    aliases: ["/usages"],
    permission: { resource: "INSTANCE", action: "VIEW" },
    summary: "Tell how much of what there is: flows, types of tasks, executions by day",
    get answer() {
      return z.object({ flows: anyMap, executions: anyMap });
    },
  },
});

import type { statisticRoutes } from "@capstan/api";
import type { ExecutionFilter, ExecutionStatistic, LogFilter, TextDemand } from "@capstan/store";
import type { z } from "zod";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { presentExecutionStatistics, presentLogStatistics } from "../presentation/statistics.ts";
import { Refusal } from "../refusal.ts";
import { SYSTEM_NAMESPACE } from "../requests/field-rules.ts";
import { readTimeRange, type TimeRange } from "../requests/time-range.ts";
import type { Service } from "../service.ts";
import { usagesOf } from "./usages.ts";

type Wanted = z.output<(typeof statisticRoutes)["dailyStatistics"]["body"]["schema"]>;

/** Most entries of one answer: parts of time, once for each flow where flows are told apart. */
export const STATISTIC_ENTRIES_MAX = 200_000;

/** Numbers for charts. The store counts; what is in memory is what is answered. */
export function statisticHandlers(service: Service): Handlers<typeof statisticRoutes> {
  const { store } = service.runtime;
  const rangeOf = (wanted: Wanted) => readTimeRange(wanted, service.now());
  return {
    dailyStatistics: async ({ tenant, body }) => {
      const range = rangeOf(body);
      const statistics = await store.executions.statistics(executionFilter(tenant, body, range), range.parts);
      return presentExecutionStatistics(range, statistics);
    },
    dailyStatisticsByFlow: async ({ tenant, body }) => {
      const range = rangeOf(body);
      const by = body.namespaceOnly ? "NAMESPACE" : "FLOW";
      const filter = executionFilter(tenant, body, range);
      const wanted = body.flows && new Set(body.flows.map(({ namespace, id }) => `${namespace}.${id}`));
      const statistics = (await store.executions.statistics(filter, range.parts, by)).filter(
        ({ namespace, flowId }) => wanted === undefined || wanted.has(`${namespace}.${flowId}`),
      );
      return presentByFlow(range, statistics);
    },
    statisticsByNamespace: async ({ tenant, body }) => {
      const { start, end, ...range } = rangeOf(body);
      const filter = executionFilter(tenant, body, { start, end, ...range });
      const whole = [{ from: start, before: end + 1 }];
      const statistics = await store.executions.statistics(filter, whole, "NAMESPACE");
      return mapped(statistics, "namespace", (ofNamespace) => ({
        counts: Object.fromEntries(ofNamespace.map(({ state, count }) => [state, count])),
        total: ofNamespace.reduce((total, { count }) => total + count, 0),
      }));
    },
    latestExecutionsByFlow: async ({ tenant, body }) => {
      const keys = body.flows.map((key) => ({ tenant, ...key }));
      return (await store.executions.latest(tenant, keys)).map((row) => presentExecution(row, [], service.now()));
    },
    dailyLogStatistics: async ({ tenant, body }) => {
      const range = rangeOf(body);
      const statistics = await store.logs.statistics(logFilter(tenant, body, range), range.parts);
      return presentLogStatistics(range, statistics);
    },
    summary: async ({ tenant, body }) => {
      const filter = placeOf(tenant, body);
      const page = { offset: 0, limit: 0 };
      const [flowPage, triggerPage] = await Promise.all([
        store.flows.search(filter, page),
        store.triggers.search(filter, page),
      ]);
      return { flows: flowPage.total, triggers: triggerPage.total };
    },
    usages: ({ tenant }) => usagesOf(service, tenant),
  };
}

/** By namespace, then by flow; `*` stands for all flows where they are not told apart. Throws 422 beyond the limit. */
function presentByFlow(range: TimeRange, statistics: readonly ExecutionStatistic[]) {
  const flows = new Set(statistics.map(({ namespace, flowId }) => `${namespace}.${flowId}`));
  if (flows.size * range.parts.length > STATISTIC_ENTRIES_MAX)
    throw new Refusal(
      "statistics-too-fine",
      `${flows.size} flows times ${range.parts.length} parts of time are more than ${STATISTIC_ENTRIES_MAX}; narrow the range or the namespace`,
    );
  return mapped(statistics, "namespace", (ofNamespace) =>
    mapped(ofNamespace, "flowId", (ofFlow) => presentExecutionStatistics(range, ofFlow)),
  );
}

function mapped<Shown>(
  statistics: readonly ExecutionStatistic[],
  key: "namespace" | "flowId",
  show: (group: readonly ExecutionStatistic[]) => Shown,
): Record<string, Shown> {
  const groups = Map.groupBy(statistics, (one) => one[key] ?? "*");
  return Object.fromEntries(Array.from(groups, ([name, group]) => [name, show(group)]));
}

/** A namespace stands for those below it as well. */
function placeOf(tenant: string, { q, namespace, scope }: Pick<Wanted, "q" | "namespace" | "scope">) {
  const [only, ...others] = new Set(scope);
  const texts: TextDemand<"namespace">[] =
    only === undefined || others.length > 0
      ? []
      : [{ field: "namespace", operator: "WITHIN", values: [SYSTEM_NAMESPACE], negated: only === "USER" }];
  return {
    tenant,
    ...(q !== undefined && q !== "" && { query: q }),
    ...(namespace !== undefined && namespace !== "" && { namespacePrefix: namespace }),
    ...(texts.length > 0 && { texts }),
  };
}

function executionFilter(tenant: string, wanted: Wanted, { start, end }: TimeRange): ExecutionFilter {
  return {
    ...placeOf(tenant, wanted),
    startAfter: start,
    startBefore: end,
    ...(wanted.flowId !== undefined && { flowId: wanted.flowId }),
    ...(wanted.state !== undefined && wanted.state.length > 0 && { states: wanted.state }),
  };
}

type WantedLogs = z.output<(typeof statisticRoutes)["dailyLogStatistics"]["body"]["schema"]>;

function logFilter(tenant: string, wanted: WantedLogs, { start, end }: TimeRange): LogFilter {
  const { flowId, triggerId, logLevel } = wanted;
  return {
    ...placeOf(tenant, wanted),
    after: start,
    before: end,
    ...(flowId !== undefined && { flowId }),
    ...(triggerId !== undefined && { triggerId }),
    ...(logLevel !== undefined && { minimumLevel: logLevel }),
  };
}

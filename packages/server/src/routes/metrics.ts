import { instantText } from "@capstan/model";
import type { metricRoutes } from "@capstan/api";
import type { MetricFilter, MetricStatistic, TimePart } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { presentMetric } from "../presentation/rows.ts";
import { presentPage, readPage } from "../requests/page.ts";
import { readTimeRange, type TimeRange } from "../requests/time-range.ts";
import type { Service } from "../service.ts";
import { existingExecution } from "./execution-lookup.ts";

export function metricHandlers(service: Service): Handlers<typeof metricRoutes> {
  const { store } = service.runtime;
  const distinct = (filter: MetricFilter, field: "name" | "taskId") => store.metrics.distinct(filter, field);
  const aggregate = async (filter: MetricFilter, wanted: AggregationQuery) => {
    const range = readTimeRange(wanted, service.now());
    const statistics = await store.metrics.statistics(filter, withinRange(range));
    const byPart = new Map(statistics.map((statistic) => [statistic.part, statistic]));
    return {
      groupBy: range.unit,
      aggregations: range.parts.map(({ from }, part) => ({
        name: filter.name ?? "",
        value: aggregated(byPart.get(part), wanted.aggregation),
        date: instantText(from),
      })),
    };
  };
  return {
    listExecutionMetrics: async ({ tenant, parameters: { executionId }, query }) => {
      // They may have been kept when it was deleted.
      const kept = await store.metrics.search({ tenant, executionId }, { offset: 0, limit: 1 });
      if (kept.rows.length === 0) await existingExecution(service, tenant, executionId);
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
    listFlowMetricNames: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, "name"),
    listTaskMetricNames: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, "name"),
    listTasksWithMetrics: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, "taskId"),
    aggregateFlowMetric: ({ tenant, parameters: { namespace, flowId, metric: name }, query }) =>
      aggregate({ tenant, namespace, flowId, name }, query),
    aggregateTaskMetric: ({ tenant, parameters: { namespace, flowId, taskId, metric: name }, query }) =>
      aggregate({ tenant, namespace, flowId, taskId, name }, query),
  };
}

interface AggregationQuery {
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly aggregation: "sum" | "avg" | "min" | "max";
}

/** The parts of a range, the first of them only as far as it belongs to the range. */
function withinRange({ start, parts }: TimeRange): readonly TimePart[] {
  return parts.map((part) => ({ ...part, from: Math.max(part.from, start) }));
}

/** Undefined for none, as there is nothing to show then. */
function aggregated(
  statistic: MetricStatistic | undefined,
  aggregation: AggregationQuery["aggregation"],
): number | undefined {
  if (statistic === undefined) return undefined;
  return aggregation === "avg" ? statistic.sum / statistic.count : statistic[aggregation];
}

import type { metricRoutes } from "@capstan/api";
import type { MetricFilter, MetricRow } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { instantOf } from "../presentation/execution.ts";
import { presentMetric } from "../presentation/rows.ts";
import { Refusal } from "../refusal.ts";
import { eachRow, presentPage, readPage } from "../requests/page.ts";
import { bucketsOf, bucketUnit } from "../requests/time-buckets.ts";
import type { Service } from "../service.ts";
import { existingExecution } from "./execution-lookup.ts";

const DEFAULT_RANGE_MS = 30 * 86_400_000;

export function metricHandlers(service: Service): Handlers<typeof metricRoutes> {
  const { store } = service.runtime;
  const rows = (filter: MetricFilter) => eachRow((page) => store.metrics.search(filter, page));
  const distinct = async (filter: MetricFilter, value: (row: MetricRow) => string) => {
    const found = new Set<string>();
    for await (const row of rows(filter)) found.add(value(row));
    return [...found].toSorted();
  };
  const aggregate = async (filter: MetricFilter, wanted: AggregationQuery) => {
    const end = wanted.endDate === undefined ? service.now() : Date.parse(wanted.endDate);
    const start = wanted.startDate === undefined ? end - DEFAULT_RANGE_MS : Date.parse(wanted.startDate);
    if (start > end) throw new Refusal("range-invalid", 422, "startDate is after endDate");
    const unit = bucketUnit(end - start);
    const buckets = bucketsOf<number[]>(start, end, unit, () => []);
    for await (const { time, value } of rows(filter)) if (time >= start && time <= end) buckets.at(time)?.push(value);
    return {
      groupBy: unit,
      aggregations: buckets.all.map(({ start: date, content }) => ({
        name: filter.name ?? "",
        value: aggregated(content, wanted.aggregation),
        date: instantOf(date),
      })),
    };
  };
  return {
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
    listFlowMetricNames: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, ({ name }) => name),
    listTaskMetricNames: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, ({ name }) => name),
    listTasksWithMetrics: ({ tenant, parameters }) => distinct({ tenant, ...parameters }, ({ taskId }) => taskId),
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

/** Undefined for none, as there is nothing to show then. */
function aggregated(values: readonly number[], aggregation: AggregationQuery["aggregation"]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregation) {
    case "sum":
      return sum;
    case "avg":
      return sum / values.length;
    case "min":
      return values.reduce((least, value) => Math.min(least, value));
    case "max":
      return values.reduce((most, value) => Math.max(most, value));
    default:
      return aggregation satisfies never;
  }
}

import type { statisticRoutes } from "@capstan/api";
import { formatDuration, isTerminal, walkTasks } from "@capstan/model";
import type { ExecutionFilter, ExecutionRow, LogFilter } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { instantOf, presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { eachRow } from "../requests/page.ts";
import { bucketsOf, bucketUnit, type BucketUnit, type Bucket } from "../requests/time-buckets.ts";
import type { Service } from "../service.ts";

const DEFAULT_RANGE_MS = 30 * 86_400_000;

interface Wanted {
  readonly q?: string | undefined;
  readonly namespace?: string | undefined;
  readonly flowId?: string | undefined;
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly state?: readonly ExecutionRow["state"][] | undefined;
}

/** Counted while the rows are read, page by page. */
export function statisticHandlers(service: Service): Handlers<typeof statisticRoutes> {
  const { executions, store, flows } = service.runtime;
  const matching = (filter: ExecutionFilter) => eachRow((page) => executions.search(filter, page));
  const daily = async (tenant: string, wanted: Wanted) => {
    const range = rangeOf(wanted, service.now());
    const buckets = bucketsOf(range.start, range.end, range.unit, emptyDay);
    for await (const row of matching(executionFilter(tenant, wanted, range))) addTo(buckets.at(row.createdAt), row);
    return buckets.all.map((bucket) => presentDay(bucket, range.unit));
  };
  return {
    dailyStatistics: ({ tenant, body }) => daily(tenant, body),
    dailyStatisticsByFlow: async ({ tenant, body }) => {
      const range = rangeOf(body, service.now());
      const wanted = body.flows && new Set(body.flows.map(({ namespace, id }) => `${namespace}.${id}`));
      const byFlow = new Map<string, Map<string, ReturnType<typeof bucketsOf<Day>>>>();
      for await (const row of matching(executionFilter(tenant, body, range))) {
        if (wanted !== undefined && !wanted.has(`${row.namespace}.${row.flowId}`)) continue;
        const flowsOf = byFlow.get(row.namespace) ?? new Map<string, ReturnType<typeof bucketsOf<Day>>>();
        const id = body.namespaceOnly ? "*" : row.flowId;
        const buckets = flowsOf.get(id) ?? bucketsOf(range.start, range.end, range.unit, emptyDay);
        addTo(buckets.at(row.createdAt), row);
        byFlow.set(row.namespace, flowsOf.set(id, buckets));
      }
      return mapped(byFlow, (one) => mapped(one, ({ all }) => all.map((day) => presentDay(day, range.unit))));
    },
    statisticsByNamespace: async ({ tenant, body }) => {
      const byNamespace = new Map<string, { counts: Record<string, number>; total: number }>();
      for await (const row of matching(executionFilter(tenant, body, rangeOf(body, service.now())))) {
        const entry = byNamespace.get(row.namespace) ?? { counts: {}, total: 0 };
        entry.counts[row.state] = (entry.counts[row.state] ?? 0) + 1;
        entry.total += 1;
        byNamespace.set(row.namespace, entry);
      }
      return mapped(byNamespace, (entry) => entry);
    },
    latestExecutionsByFlow: async ({ tenant, body }) => {
      const keys = body.flows.map((key) => ({ tenant, ...key }));
      return (await store.executions.latest(tenant, keys)).map((row) => presentExecution(row, [], service.now()));
    },
    dailyLogStatistics: async ({ tenant, body }) => {
      const range = rangeOf(body, service.now());
      const buckets = bucketsOf<Record<string, number>>(range.start, range.end, range.unit, () => ({}));
      for await (const { time, level } of eachRow((page) => store.logs.search(logFilter(tenant, body, range), page))) {
        const counts = buckets.at(time);
        if (counts !== undefined) counts[level] = (counts[level] ?? 0) + 1;
      }
      return buckets.all.map(({ start, content }) => ({
        timestamp: instantOf(start),
        groupBy: range.unit,
        counts: content,
      }));
    },
    summary: async ({ tenant, body }) => {
      const filter = placeOf(tenant, body);
      const page = { offset: 0, limit: 1 };
      const [flowPage, triggerPage] = await Promise.all([
        store.flows.search(filter, page),
        store.triggers.search(filter, page),
      ]);
      return { flows: flowPage.total, triggers: triggerPage.total };
    },
    usages: async ({ tenant }) => {
      const namespaces = new Set<string>();
      const taskTypeCount: Record<string, number> = {};
      const triggerTypeCount: Record<string, number> = {};
      let count = 0;
      for await (const row of eachRow((page) => store.flows.search({ tenant }, page))) {
        count += 1;
        namespaces.add(row.namespace);
        for (const { type } of row.triggers) triggerTypeCount[type] = (triggerTypeCount[type] ?? 0) + 1;
        const { flow } = flows.check(row.source);
        for (const { task } of flow === undefined ? [] : walkTasks(flow))
          taskTypeCount[task.type] = (taskTypeCount[task.type] ?? 0) + 1;
      }
      const executionUsage = { dailyExecutionsCount: await daily(tenant, {}) };
      return {
        flows: { count, namespacesCount: namespaces.size, taskTypeCount, triggerTypeCount },
        executions: executionUsage,
      };
    },
  };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly unit: BucketUnit;
}

/** Throws 422. */
function rangeOf({ startDate, endDate }: Wanted, now: number): Range {
  const end = endDate === undefined ? now : Date.parse(endDate);
  const start = startDate === undefined ? end - DEFAULT_RANGE_MS : Date.parse(startDate);
  if (start > end) throw new Refusal("range-invalid", 422, "startDate is after endDate");
  return { start, end, unit: bucketUnit(end - start) };
}

/** A namespace stands for those below it as well. */
function placeOf(tenant: string, { q, namespace }: Wanted) {
  return {
    tenant,
    ...(q !== undefined && q !== "" && { query: q }),
    ...(namespace !== undefined && namespace !== "" && { namespacePrefix: namespace }),
  };
}

function executionFilter(tenant: string, wanted: Wanted, { start, end }: Range): ExecutionFilter {
  return {
    ...placeOf(tenant, wanted),
    startAfter: start,
    startBefore: end,
    ...(wanted.flowId !== undefined && { flowId: wanted.flowId }),
    ...(wanted.state !== undefined && wanted.state.length > 0 && { states: wanted.state }),
  };
}

function logFilter(tenant: string, wanted: Wanted, { start, end }: Range): LogFilter {
  const { flowId } = wanted;
  return { ...placeOf(tenant, wanted), after: start, before: end, ...(flowId !== undefined && { flowId }) };
}

interface Day {
  readonly counts: Record<string, number>;
  /** Of those that have ended, in milliseconds. */
  readonly durations: { min: number; max: number; sum: number; count: number };
}

function emptyDay(): Day {
  return { counts: {}, durations: { min: 0, max: 0, sum: 0, count: 0 } };
}

function addTo(day: Day | undefined, { state, history }: ExecutionRow): void {
  if (day === undefined) return;
  const { counts, durations } = day;
  counts[state] = (counts[state] ?? 0) + 1;
  if (!isTerminal(state)) return;
  const length = (history.at(-1)?.date ?? 0) - (history[0]?.date ?? 0);
  durations.min = durations.count === 0 ? length : Math.min(durations.min, length);
  durations.max = Math.max(durations.max, length);
  durations.sum += length;
  durations.count += 1;
}

function presentDay({ start, content: { counts, durations } }: Bucket<Day>, groupBy: BucketUnit) {
  const { min, max, sum, count } = durations;
  return {
    startDate: instantOf(start),
    groupBy,
    duration: {
      min: formatDuration(min),
      avg: formatDuration(count === 0 ? 0 : Math.round(sum / count)),
      max: formatDuration(max),
      sum: formatDuration(sum),
      count,
    },
    executionCounts: counts,
  };
}

function mapped<Value, Shown>(map: ReadonlyMap<string, Value>, show: (value: Value) => Shown): Record<string, Shown> {
  return Object.fromEntries(Array.from(map, ([key, value]) => [key, show(value)]));
}

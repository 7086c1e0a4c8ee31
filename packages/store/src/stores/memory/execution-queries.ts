import { endDate, startDate, triggerExecutionId } from "../../execution-dates.ts";
import type {
  ExecutionField,
  ExecutionFilter,
  ExecutionQueries,
  ExecutionRow,
  ExecutionSortKey,
  ExecutionStatistic,
  TimePart,
} from "../../store.ts";
import { partFinder } from "../../time-parts.ts";
import { labelsPass, passesAll } from "../../text-conditions.ts";
import { accepts, compareValues, containsText, isInNamespace, isWithin, pageOf, type Sorting } from "./page.ts";
import { executionKey, keyOf, type Tables } from "./tables.ts";

const SORTING: Sorting<ExecutionRow, ExecutionSortKey> = {
  values: {
    id: (row) => row.id,
    startDate,
    endDate,
    duration: (row) => {
      const end = endDate(row);
      return end === undefined ? undefined : end - startDate(row);
    },
    state: (row) => row.state,
    namespace: (row) => row.namespace,
    flowId: (row) => row.flowId,
  },
  key: [(row) => row.id],
  fallback: { key: "startDate", descending: true },
};

export function executionQueries(tables: () => Tables): ExecutionQueries {
  const rows = (): readonly ExecutionRow[] => [...tables().executions.values()];
  const get = (tenant: string, id: string) => structuredClone(tables().executions.get(keyOf(tenant, id)));
  const taskRunsOf = (tenant: string, executionId: string) => {
    const runs = tables().taskRuns.get(keyOf(tenant, executionId))?.values() ?? [];
    return structuredClone([...runs].toSorted((left, right) => left.index - right.index));
  };
  return {
    get: async (tenant, id) => get(tenant, id),
    taskRuns: async (tenant, executionId) => taskRunsOf(tenant, executionId),
    whole: async (keys) =>
      keys.flatMap(({ tenant, id }) => {
        const row = get(tenant, id);
        return row === undefined ? [] : [{ row, taskRuns: taskRunsOf(tenant, id) }];
      }),
    search: async (filter, { after, ...page }) => {
      const matches = rows().filter(executionMatcher(filter));
      return pageOf(matches, page, SORTING, (row) => after === undefined || compareStart(row, after) < 0);
    },
    listByState: async (states, limit, after) => {
      const place = after === undefined ? undefined : tables().executions.get(executionKey(after));
      return rows()
        .filter((row) => states.includes(row.state) && (place === undefined || compareAge(row, place) > 0))
        .toSorted(compareAge)
        .slice(0, limit)
        .map(({ tenant, id, namespace, flowId, state }) => ({ tenant, id, namespace, flowId, state }));
    },
    countByFlow: async (tenant, namespace, flowId, states) =>
      rows().filter(executionMatcher({ tenant, namespace, flowId, states })).length,
    latest: async (tenant, flows) => {
      const latest = flows.map(({ namespace, id }) => {
        const matches = rows().filter(executionMatcher({ tenant, namespace, flowId: id }));
        return pageOf(matches, { offset: 0, limit: 1 }, SORTING).rows;
      });
      return latest.flat();
    },
    statistics: async (filter, parts, by) => statisticsOf(rows().filter(executionMatcher(filter)), parts, by),
    distinct: async (filter, field, limit) => {
      const values = rows().filter(executionMatcher(filter)).flatMap(FIELDS[field]);
      return [...new Set(values)].toSorted(compareValues).slice(0, limit);
    },
  };
}

const FIELDS: Readonly<Record<ExecutionField, (row: ExecutionRow) => readonly string[]>> = {
  namespace: (row) => [row.namespace],
  flowId: (row) => [row.flowId],
  state: (row) => [row.state],
  kind: (row) => [row.kind],
  labels: (row) => row.labels.map(({ key, value }) => `${key}:${value}`),
};

function statisticsOf(
  rows: readonly ExecutionRow[],
  parts: readonly TimePart[],
  by: Parameters<ExecutionQueries["statistics"]>[2],
): readonly ExecutionStatistic[] {
  const partOf = partFinder(parts);
  const groups = new Map<string, ExecutionStatistic>();
  for (const row of rows) {
    const part = partOf(startDate(row));
    if (part === undefined) continue;
    const { namespace, flowId, state } = row;
    const place = by === undefined ? {} : by === "FLOW" ? { namespace, flowId } : { namespace };
    const key = keyOf(String(part).padStart(6, "0"), place.namespace ?? "", place.flowId ?? "", state);
    const { count = 0, durations } = groups.get(key) ?? {};
    const lengths = added(durations, endDate(row), startDate(row));
    groups.set(key, { part, ...place, state, count: count + 1, ...(lengths !== undefined && { durations: lengths }) });
  }
  return [...groups].toSorted(([one], [other]) => compareValues(one, other)).map(([, statistic]) => statistic);
}

function added(before: ExecutionStatistic["durations"], end: number | undefined, start: number) {
  if (end === undefined) return before;
  const length = end - start;
  const { count, sumMs, minMs, maxMs } = before ?? { count: 0, sumMs: 0, minMs: length, maxMs: length };
  return {
    count: count + 1,
    sumMs: sumMs + length,
    minMs: Math.min(minMs, length),
    maxMs: Math.max(maxMs, length),
  };
}

function compareStart(left: ExecutionRow, right: ExecutionRow): number {
  return startDate(left) - startDate(right) || compareValues(left.id, right.id);
}

function compareAge(left: ExecutionRow, right: ExecutionRow): number {
  return (
    startDate(left) - startDate(right) || compareValues(left.tenant, right.tenant) || compareValues(left.id, right.id)
  );
}

function executionMatcher(filter: ExecutionFilter): (row: ExecutionRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    isInNamespace(row.namespace, filter) &&
    accepts(filter.flowId, row.flowId) &&
    (filter.states === undefined || filter.states.includes(row.state)) &&
    (filter.kinds === undefined || filter.kinds.includes(row.kind)) &&
    accepts(filter.triggerExecutionId, triggerExecutionId(row)) &&
    accepts(filter.parentExecutionId, row.parent?.executionId) &&
    accepts(filter.child, row.parent !== undefined || triggerExecutionId(row) !== undefined) &&
    (filter.labels ?? []).every((label) => hasLabel(row, label)) &&
    isWithin(startDate(row), filter.startAfter, filter.startBefore) &&
    isWithin(endDate(row), filter.endAfter, filter.endBefore) &&
    containsText([row.id, row.namespace, row.flowId], filter.query) &&
    passesAll({ ...row, triggerExecutionId: triggerExecutionId(row) }, filter.texts) &&
    labelsPass(row.labels, filter.labelDemands);
}

function hasLabel(row: ExecutionRow, wanted: ExecutionRow["labels"][number]): boolean {
  return row.labels.some(({ key, value }) => key === wanted.key && value === wanted.value);
}

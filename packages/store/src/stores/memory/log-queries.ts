import { compareEntries, lineMatcher, LOG_LEVELS } from "../../log-lines.ts";
import { createMetricSums } from "../../metric-sums.ts";
import type { LogBatch, LogEntry, LogFilter, LogQueries, MetricFilter, MetricQueries, MetricRow } from "../../store.ts";
import { partFinder } from "../../time-parts.ts";
import { passesAll } from "../../text-conditions.ts";
import { accepts, compareValues, isInNamespace, pageOf, type Sorting } from "./page.ts";
import type { StoredBatch, Tables } from "./tables.ts";

export function logQueries(tables: () => Tables): LogQueries {
  return {
    search: async (filter, page) => {
      const descending = page.sort?.[0]?.descending === true;
      const matches = lineMatcher(filter);
      const entries = tables()
        .logs.filter(batchMatcher(filter))
        .flatMap(entriesOf)
        .filter(matches)
        .filter((entry) => page.after === undefined || compareEntries(entry, page.after, false) > 0)
        .toSorted((left, right) => compareEntries(left, right, descending));
      const rows = entries.slice(page.offset, page.offset + page.limit);
      const last = descending ? undefined : rows.at(-1);
      // All batches are looked at for each page, so that it does not matter which are open.
      const end = last && { time: last.time, sequence: last.sequence, openSince: -Infinity };
      return { rows: structuredClone(rows), total: entries.length, ...(end !== undefined && { end }) };
    },
    statistics: async (filter, parts) => {
      const partOf = partFinder(parts);
      const lines = tables()
        .logs.filter(batchMatcher(filter))
        .flatMap((batch) => batch.lines)
        .filter(lineMatcher(filter));
      return parts.flatMap((_, part) =>
        LOG_LEVELS.flatMap((level) => {
          const count = lines.filter((line) => line.level === level && partOf(line.time) === part).length;
          return count === 0 ? [] : [{ part, level, count }];
        }),
      );
    },
  };
}

/** The parts of a filter that concern the source of lines. */
export function batchMatcher(filter: LogFilter): (batch: LogBatch) => boolean {
  return (batch) =>
    batch.tenant === filter.tenant &&
    isInNamespace(batch.namespace, filter) &&
    accepts(filter.flowId, batch.flowId) &&
    accepts(filter.executionId, batch.executionId ?? "") &&
    accepts(filter.triggerId, batch.triggerId) &&
    accepts(filter.taskRunId, batch.taskRunId) &&
    accepts(filter.attempt, batch.attempt) &&
    (filter.taskIds === undefined || (batch.taskId !== undefined && filter.taskIds.includes(batch.taskId))) &&
    passesAll(batch, filter.texts);
}

function entriesOf({ lines, sequences, ...source }: StoredBatch): readonly LogEntry[] {
  return lines.map((line, place) => ({ ...source, ...line, sequence: sequences[place]! }));
}

const METRIC_SORTING: Sorting<MetricRow, "timestamp" | "name"> = {
  values: { timestamp: (row) => row.time, name: (row) => row.name },
  key: [],
  fallback: { key: "timestamp", descending: false },
};

export function metricQueries(tables: () => Tables): MetricQueries {
  return {
    search: async (filter, page) => pageOf(tables().metrics.filter(metricMatcher(filter)), page, METRIC_SORTING),
    statistics: async (filter, parts) => {
      const sums = createMetricSums(parts);
      for (const { time, value } of tables().metrics.filter(metricMatcher(filter))) sums.add(time, value);
      return sums.result();
    },
    distinct: async (filter, field) => {
      const values = tables()
        .metrics.filter(metricMatcher(filter))
        .map((row) => row[field]);
      return [...new Set(values)].toSorted(compareValues);
    },
  };
}

function metricMatcher(filter: MetricFilter): (row: MetricRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    accepts(filter.executionId, row.executionId) &&
    accepts(filter.taskRunId, row.taskRunId) &&
    accepts(filter.taskId, row.taskId) &&
    accepts(filter.namespace, row.namespace) &&
    accepts(filter.flowId, row.flowId) &&
    accepts(filter.name, row.name);
}

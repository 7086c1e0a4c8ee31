import { formatDuration, instantText } from "@capstan/model";
import type { ExecutionStatistic, LogStatistic } from "@capstan/store";
import type { TimeRange } from "../requests/time-range.ts";

/** One entry for each part of a range, also for those in which nothing was. */
export function presentExecutionStatistics({ parts, unit }: TimeRange, statistics: readonly ExecutionStatistic[]) {
  const byPart = Map.groupBy(statistics, ({ part }) => part);
  return parts.map(({ from }, part) => {
    const ofPart = byPart.get(part) ?? [];
    return {
      startDate: instantText(from),
      groupBy: unit,
      duration: presentDurations(ofPart.flatMap(({ durations }) => durations ?? [])),
      executionCounts: Object.fromEntries(ofPart.map(({ state, count }) => [state, count])),
    };
  });
}

function presentDurations(all: readonly NonNullable<ExecutionStatistic["durations"]>[]) {
  const sum = all.reduce((total, { sumMs }) => total + sumMs, 0);
  const count = all.reduce((total, one) => total + one.count, 0);
  return {
    min: formatDuration(all.length === 0 ? 0 : Math.min(...all.map(({ minMs }) => minMs))),
    avg: formatDuration(count === 0 ? 0 : Math.round(sum / count)),
    max: formatDuration(Math.max(0, ...all.map(({ maxMs }) => maxMs))),
    sum: formatDuration(sum),
    count,
  };
}

/** One entry for each part of a range, also for those in which nothing was said. */
export function presentLogStatistics({ parts, unit }: TimeRange, statistics: readonly LogStatistic[]) {
  const byPart = Map.groupBy(statistics, ({ part }) => part);
  return parts.map(({ from }, part) => ({
    timestamp: instantText(from),
    groupBy: unit,
    counts: Object.fromEntries((byPart.get(part) ?? []).map(({ level, count }) => [level, count])),
  }));
}

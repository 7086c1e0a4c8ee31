import type { MetricStatistic, TimePart } from "./statistics.ts";
import { partFinder } from "./time-parts.ts";

/** Sums up values as they come, so that any number of them takes little memory. */
export interface MetricSums {
  add(time: number, value: number): void;
  result(): readonly MetricStatistic[];
}

export function createMetricSums(parts: readonly TimePart[]): MetricSums {
  const partOf = partFinder(parts);
  const sums = new Map<number, Omit<MetricStatistic, "part">>();
  return {
    add(time, value) {
      const part = partOf(time);
      if (part === undefined) return;
      const { count, sum, min, max } = sums.get(part) ?? { count: 0, sum: 0, min: value, max: value };
      sums.set(part, { count: count + 1, sum: sum + value, min: Math.min(min, value), max: Math.max(max, value) });
    },
    result: () =>
      [...sums].toSorted(([one], [other]) => one - other).map(([part, statistic]) => ({ part, ...statistic })),
  };
}

import { LOG_LEVELS, lineMatcher } from "../../../log-lines.ts";
import type { LogFilter, LogStatistic, TimePart } from "../../../store.ts";
import { partFinder } from "../../../time-parts.ts";
import type { Database } from "../driver.ts";
import { decodeLines, selectBatches } from "./log-batches.ts";

interface Batch {
  readonly last_time: number;
  readonly first_time: number;
  readonly max_level: number;
  readonly min_level: number;
  readonly line_count: number;
  readonly lines: string;
}

/** Walks over the batches, one in memory at a time, and opens those whose lines differ in what is counted. */
export function logStatistics(
  database: Database,
  filter: LogFilter,
  parts: readonly TimePart[],
): readonly LogStatistic[] {
  const partOf = partFinder(parts);
  const matches = lineMatcher(filter);
  const wantsText = filter.query !== undefined || filter.withoutText !== undefined;
  const counts = parts.map(() => LOG_LEVELS.map(() => 0));
  const add = (time: number, level: number, count: number) => {
    const part = partOf(time);
    if (part !== undefined) counts[part]![level]! += count;
  };
  const { from, conditions, values } = selectBatches(filter);
  const sql = `SELECT last_time, first_time, max_level, min_level, line_count, lines FROM ${from}
    WHERE ${conditions.join(" AND ")}`;
  for (const batch of database.iterate<Batch>(sql, values)) {
    const level = LOG_LEVELS[batch.max_level]!;
    const times = [batch.first_time, batch.last_time] as const;
    const isAlike =
      !wantsText &&
      batch.min_level === batch.max_level &&
      partOf(times[0]) === partOf(times[1]) &&
      times.every((time) => matches({ time, level, message: "" }));
    if (isAlike) add(batch.last_time, batch.max_level, batch.line_count);
    else for (const line of decodeLines(batch)) if (matches(line)) add(line.time, LOG_LEVELS.indexOf(line.level), 1);
  }
  return counts.flatMap((byLevel, part) =>
    byLevel.flatMap((count, level) => (count === 0 ? [] : [{ part, level: LOG_LEVELS[level]!, count }])),
  );
}

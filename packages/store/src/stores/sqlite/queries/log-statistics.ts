import { type CountedBatch, createLogCounts } from "../../../rows/log-pages.ts";
import { whereOf } from "../../../sql/selection.ts";
import type { LogFilter, LogStatistic, TimePart } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { selectFrom } from "./logs.ts";

/** Walks over the batches, one in memory at a time. */
export function logStatistics(
  database: Database,
  filter: LogFilter,
  parts: readonly TimePart[],
): readonly LogStatistic[] {
  const counts = createLogCounts(filter, parts);
  const selection = selectFrom(filter);
  const sql = `SELECT last_time, first_time, max_level, min_level, line_count, lines FROM ${selection.from}
    WHERE ${whereOf(selection)}`;
  for (const batch of database.iterate<CountedBatch>(sql, selection.values)) counts.take(batch);
  return counts.result();
}

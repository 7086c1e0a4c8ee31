import type { BatchRow } from "../../../rows/log-entries.ts";
import {
  type CountedBatch,
  createLogCounts,
  createLogPageReader,
  entriesBehind,
  isDescending,
  walkColumn,
} from "../../../rows/log-pages.ts";
import { selectBatches, wholeBatches } from "../../../sql/log-filter.ts";
import { type Selection, whereOf } from "../../../sql/selection.ts";
import type { LogFilter, LogPage, LogPlace, LogStatistic, PageRequest, TimePart } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import type { Reader, Snapshot } from "../reader.ts";
import { COUNTING_COST_MAX, estimateOf, matchesSql } from "./rough-totals.ts";

/**
 * Batches are found by SQL, lines are cut out and matched here. The walk over the batches stops as soon as the page is sure, so
 * that a page costs its own lines.
 */
export function searchLogs(
  reader: Reader,
  filter: LogFilter,
  request: PageRequest<"timestamp", LogPlace>,
): Promise<LogPage> {
  const sql = batchSql(filter, isDescending(request), request.after);
  const selection = selectFrom(filter, request.after);
  const { values } = selection;
  return reader.snapshot(async (snapshot) => {
    const gathered = createLogPageReader(filter, request);
    for await (const batch of snapshot.walk<BatchRow>(sql, values)) if (!gathered.take(batch, () => batch)) break;
    const { total, linesPerBatch, ...page } = gathered.page();
    if (total !== undefined) return { ...page, total };
    if (request.roughly === true && request.limit > 0) {
      const { rows: batches, cost } = await snapshot.expect(matchesSql(selection), values);
      if (cost > COUNTING_COST_MAX)
        return { ...page, ...estimateOf(batches * linesPerBatch, request, page.rows.length) };
    }
    return { ...page, total: await countLines(snapshot, filter, request.after) };
  });
}

export function selectFrom(filter: LogFilter, after?: LogPlace): Selection {
  return selectBatches(POSTGRES, "logs", filter, after);
}

/** In the order of an index. */
export function batchSql(filter: LogFilter, descending: boolean, after?: LogPlace): string {
  const selection = selectFrom(filter, after);
  const order = `${walkColumn(filter)}${descending ? " DESC" : ""}`;
  return `SELECT * FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY ${order}`;
}

/** Adds up the batches that pass as a whole and looks only into the others. */
async function countLines(snapshot: Snapshot, filter: LogFilter, after: LogPlace | undefined): Promise<number> {
  const { from, values, conditions } = selectFrom(filter, after);
  const where = conditions.join(" AND ");
  const whole = wholeBatches(POSTGRES, filter, after);
  const passes = entriesBehind(filter, after);
  let total = 0;
  if (whole !== undefined) {
    const sql = `SELECT coalesce(sum(line_count), 0) AS total FROM ${from} WHERE ${where} AND ${whole.sql}`;
    total = (await snapshot.get<{ total: number }>(sql, [...values, ...whole.values]))?.total ?? 0;
  }
  const rest = whole === undefined ? where : `${where} AND NOT ${whole.sql}`;
  const restValues = [...values, ...(whole?.values ?? [])];
  for await (const batch of snapshot.walk<BatchRow>(`SELECT * FROM ${from} WHERE ${rest}`, restValues)) {
    total += passes(batch).length;
  }
  return total;
}

/** Walks over the batches, some in memory at a time. */
export function logStatistics(
  reader: Reader,
  filter: LogFilter,
  parts: readonly TimePart[],
): Promise<readonly LogStatistic[]> {
  const selection = selectFrom(filter);
  const sql = `SELECT last_time, first_time, max_level, min_level, line_count, lines FROM ${selection.from}
    WHERE ${whereOf(selection)}`;
  return reader.snapshot(async ({ walk }) => {
    const counts = createLogCounts(filter, parts);
    for await (const batch of walk<CountedBatch>(sql, selection.values)) counts.take(batch);
    return counts.result();
  });
}

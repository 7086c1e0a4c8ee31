import { compareEntries, lineMatcher } from "../../../log-lines.ts";
import type { LogEntry, LogFilter, Page, PageRequest } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { decodeLines, entriesOf, selectBatches, wholeBatches, type BatchRow } from "./log-batches.ts";

/**
 * Batches are found by SQL, lines are cut out and matched here. Inside one execution all its batches are read, by
 * primary key. Across executions the walk along the index of times, newest first, stops as soon as the page is sure.
 */
export function searchLogs(database: Database, filter: LogFilter, page: PageRequest<"timestamp">): Page<LogEntry> {
  const descending = page.sort?.[0]?.descending === true;
  const wanted = page.offset + page.limit;
  const batches = database.iterate<BatchRow>(batchSql(filter, descending), selectBatches(filter).values);
  const found = filter.executionId === undefined ? firstEntries : allEntries;
  const { entries, complete } = found(batches, filter, wanted, descending);
  const rows = entries.toSorted((left, right) => compareEntries(left, right, descending)).slice(page.offset, wanted);
  const isKnown = complete || page.uncounted === true;
  return { rows, total: isKnown ? entries.length : countLines(database, filter) };
}

export function batchSql(filter: LogFilter, descending: boolean): string {
  const { from, conditions } = selectBatches(filter);
  const sql = `SELECT * FROM ${from} WHERE ${conditions.join(" AND ")}`;
  if (filter.executionId !== undefined) return sql;
  return `${sql} ORDER BY ${descending ? "last_time DESC" : "last_time - span_ms"}`;
}

interface Found {
  readonly entries: readonly LogEntry[];
  /** Whether nothing was left out, so that the number of entries is the number of matches. */
  readonly complete: boolean;
}

function allEntries(batches: Iterable<BatchRow>, filter: LogFilter): Found {
  const matches = lineMatcher(filter);
  const entries: LogEntry[] = [];
  for (const batch of batches) entries.push(...entriesOf(batch, matches));
  return { entries, complete: true };
}

/** Batches come by the time of their last line (descending) or of their first: what follows can't lie before that. */
function firstEntries(batches: Iterable<BatchRow>, filter: LogFilter, wanted: number, descending: boolean): Found {
  const matches = lineMatcher(filter);
  let entries: LogEntry[] = [];
  let complete = true;
  let bound: number | undefined;
  for (const batch of batches) {
    if (wanted === 0 || (bound !== undefined && isBeyond(batch, bound, descending)))
      return { entries, complete: false };
    entries.push(...entriesOf(batch, matches));
    if (entries.length < (bound === undefined ? wanted : 2 * wanted)) continue;
    entries.sort((left, right) => compareEntries(left, right, descending));
    bound = entries[wanted - 1]!.time;
    if (entries.length > wanted) complete = false;
    entries = entries.slice(0, wanted);
  }
  return { entries, complete };
}

function isBeyond(batch: BatchRow, bound: number, descending: boolean): boolean {
  return descending ? batch.last_time < bound : batch.last_time - batch.span_ms > bound;
}

/** Adds up the batches that pass as a whole and looks only into the others. */
function countLines(database: Database, filter: LogFilter): number {
  const { from, conditions, values } = selectBatches(filter);
  const where = conditions.join(" AND ");
  const whole = wholeBatches(filter);
  const matches = lineMatcher(filter);
  let total = 0;
  if (whole !== undefined) {
    const sql = `SELECT coalesce(sum(line_count), 0) AS total FROM ${from} WHERE ${where} AND ${whole.sql}`;
    total = database.get<{ total: number }>(sql, [...values, ...whole.values])?.total ?? 0;
  }
  const rest = whole === undefined ? where : `${where} AND NOT ${whole.sql}`;
  const restValues = [...values, ...(whole?.values ?? [])];
  for (const batch of database.iterate<{ lines: string }>(`SELECT lines FROM ${from} WHERE ${rest}`, restValues)) {
    total += decodeLines(batch).filter(matches).length;
  }
  return total;
}

import { compareEntries, lineMatcher } from "../../../log-lines.ts";
import type { LogEntry, LogFilter, LogLine, LogPage, LogPlace, PageRequest } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { demand, type Selection } from "../selection.ts";
import { entriesOf, selectBatches, wholeBatches, type BatchRow } from "./log-batches.ts";

/**
 * Batches are found by SQL, lines are cut out and matched here. The walk over the batches, along the log of an execution or along
 * the index of times, stops as soon as the page is sure, so that a page costs its own lines.
 */
export function searchLogs(database: Database, filter: LogFilter, page: PageRequest<"timestamp", LogPlace>): LogPage {
  const descending = page.sort?.[0]?.descending === true;
  const wanted = page.offset + page.limit;
  const batches = batchesOf(database, filter, descending, page.after);
  const { entries, complete, read } = firstEntries(batches, { filter, wanted, descending, after: page.after });
  const rows = entries.toSorted((left, right) => compareEntries(left, right, descending)).slice(page.offset, wanted);
  const isKnown = complete || page.uncounted === true;
  const last = descending ? undefined : rows.at(-1);
  return {
    rows,
    total: isKnown ? entries.length : countLines(database, filter, page.after),
    ...(last !== undefined && { end: placeOf(last, read) }),
  };
}

/** What was not read begins later than the last line of the page. */
function placeOf({ time, sequence }: LogEntry, read: readonly Span[]): LogPlace {
  const open = read.filter(({ lastTime }) => lastTime >= time).map(({ firstTime }) => firstTime);
  return { time, sequence, openSince: open.reduce((least, one) => Math.min(least, one), time) };
}

function selectAfter(filter: LogFilter, after: LogPlace | undefined): Selection {
  const selection = selectBatches(filter);
  if (after !== undefined) demand(selection, "first_time >= ? AND last_time >= ?", after.openSince, after.time);
  return selection;
}

/** By the time of their first line, or descending of their last. */
function batchesOf(
  database: Database,
  filter: LogFilter,
  descending: boolean,
  after: LogPlace | undefined,
): Iterable<BatchRow> {
  const { values } = selectAfter(filter, after);
  const sql = batchSql(filter, descending, after);
  return filter.executionId !== undefined && descending
    ? batchesByKey(database, filter.executionId, database.all<BatchKey>(sql, values))
    : database.iterate<BatchRow>(sql, values);
}

type BatchKey = Pick<BatchRow, "tenant" | "first_time" | "sequence">;

export function batchSql(filter: LogFilter, descending: boolean, after?: LogPlace): string {
  const { from, conditions } = selectAfter(filter, after);
  // The log of an execution does not lie in this order: its keys are sorted, and lines are only read as they are wanted.
  const columns = filter.executionId !== undefined && descending ? "tenant, first_time, sequence" : "*";
  const order = descending ? "last_time DESC" : "first_time";
  return `SELECT ${columns} FROM ${from} WHERE ${conditions.join(" AND ")} ORDER BY ${order}`;
}

function* batchesByKey(database: Database, executionId: string, keys: readonly BatchKey[]): Iterable<BatchRow> {
  const sql = "SELECT * FROM logs WHERE tenant = ? AND execution_id = ? AND first_time = ? AND sequence = ?";
  for (const { tenant, first_time: firstTime, sequence } of keys)
    yield database.get<BatchRow>(sql, [tenant, executionId, firstTime, sequence])!;
}

interface Span {
  readonly firstTime: number;
  readonly lastTime: number;
}

interface Wanted {
  readonly filter: LogFilter;
  readonly wanted: number;
  readonly descending: boolean;
  readonly after: LogPlace | undefined;
}

interface Found {
  readonly entries: readonly LogEntry[];
  /** Whether nothing was left out, so that the number of entries is the number of matches. */
  readonly complete: boolean;
  readonly read: readonly Span[];
}

/** Batches come by the time of their last line (descending) or of their first: what follows can't lie before that. */
function firstEntries(batches: Iterable<BatchRow>, { filter, wanted, descending, after }: Wanted): Found {
  const matches = lineMatcher(filter);
  const read: Span[] = [];
  let entries: LogEntry[] = [];
  let complete = true;
  let bound: number | undefined;
  for (const batch of batches) {
    if (wanted === 0 || (bound !== undefined && isBeyond(batch, bound, descending)))
      return { entries, complete: false, read };
    read.push({ firstTime: batch.first_time, lastTime: batch.last_time });
    entries.push(...entriesBehind(batch, matches, after));
    if (entries.length < (bound === undefined ? wanted : 2 * wanted)) continue;
    entries.sort((left, right) => compareEntries(left, right, descending));
    bound = entries[wanted - 1]!.time;
    if (entries.length > wanted) complete = false;
    entries = entries.slice(0, wanted);
  }
  return { entries, complete, read };
}

function entriesBehind(
  batch: BatchRow,
  matches: (line: LogLine) => boolean,
  after: LogPlace | undefined,
): readonly LogEntry[] {
  const entries = entriesOf(batch, matches);
  return after === undefined ? entries : entries.filter((entry) => compareEntries(entry, after, false) > 0);
}

function isBeyond(batch: BatchRow, bound: number, descending: boolean): boolean {
  return descending ? batch.last_time < bound : batch.first_time > bound;
}

/** Adds up the batches that pass as a whole and looks only into the others. */
function countLines(database: Database, filter: LogFilter, after: LogPlace | undefined): number {
  const { from, conditions, values } = selectAfter(filter, after);
  const where = conditions.join(" AND ");
  const whole = after === undefined ? wholeBatches(filter) : wholeBehind(filter, after);
  const matches = lineMatcher(filter);
  let total = 0;
  if (whole !== undefined) {
    const sql = `SELECT coalesce(sum(line_count), 0) AS total FROM ${from} WHERE ${where} AND ${whole.sql}`;
    total = database.get<{ total: number }>(sql, [...values, ...whole.values])?.total ?? 0;
  }
  const rest = whole === undefined ? where : `${where} AND NOT ${whole.sql}`;
  const restValues = [...values, ...(whole?.values ?? [])];
  for (const batch of database.iterate<BatchRow>(`SELECT * FROM ${from} WHERE ${rest}`, restValues)) {
    total += entriesBehind(batch, matches, after).length;
  }
  return total;
}

/** Batches of which every line passes and is later than the place. */
function wholeBehind(filter: LogFilter, after: LogPlace): ReturnType<typeof wholeBatches> {
  const whole = wholeBatches(filter);
  return whole && { sql: `(${whole.sql} AND first_time > ?)`, values: [...whole.values, after.time] };
}

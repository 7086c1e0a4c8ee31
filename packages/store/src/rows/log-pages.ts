import { compareEntries, lineMatcher, LOG_LEVELS } from "../log-lines.ts";
import type { LogEntry, LogFilter, LogLine, LogPage, LogPlace, LogStatistic, PageRequest, TimePart } from "../store.ts";
import { partFinder } from "../time-parts.ts";
import { decodeLines, LOG_ROW_MS_MAX } from "./log-columns.ts";
import { type BatchRow, entriesOf } from "./log-entries.ts";

/** Gathers a page of lines from batches as they are read. */
export interface LogPageReader {
  /** Takes the next batch, which is read when its lines may be wanted; false once the page is sure, and no other can be. */
  take(span: Span, read: () => BatchRow): boolean;
  /** The page, with the lines that passed of each batch on average; its total only where the batches that were read tell it. */
  page(): Omit<LogPage, "total"> & { readonly total: number | undefined; readonly linesPerBatch: number };
}

type Span = Pick<BatchRow, "first_time" | "last_time">;

/** What batches are walked by, in the direction of the list: those of an execution lie in the order of their first lines. */
export function walkColumn({ executionId }: LogFilter): keyof Span {
  return executionId === undefined ? "last_time" : "first_time";
}

/** Whether all that follows a batch beyond the page is beyond it as well; otherwise as far as a batch may reach. */
export function walksByNearEnd(filter: LogFilter, isDescending: boolean): boolean {
  return walkColumn(filter) === (isDescending ? "last_time" : "first_time");
}

/** Batches must come by `walkColumn`. */
export function createLogPageReader(filter: LogFilter, request: PageRequest<"timestamp", LogPlace>): LogPageReader {
  const { after } = request;
  const descending = isDescending(request);
  const wanted = request.offset + request.limit;
  const passes = entriesBehind(filter, after);
  const read: Span[] = [];
  let entries: LogEntry[] = [];
  let passedLines = 0;
  let complete = true;
  let bound: number | undefined;
  const isBeyond = (span: Span): boolean =>
    bound !== undefined && (descending ? span.last_time < bound : span.first_time > bound);
  const column = walkColumn(filter);
  /** Also of all that follow: from where the walk is, their other ends can't reach the page. */
  const areBeyond = (span: Span): boolean => {
    const reach = walksByNearEnd(filter, descending) ? 0 : LOG_ROW_MS_MAX;
    const end = descending ? span[column] + reach : span[column] - reach;
    return isBeyond({ first_time: end, last_time: end });
  };
  return {
    take(span, readBatch) {
      if (wanted === 0 || isBeyond(span)) {
        complete = false;
        return wanted > 0 && !areBeyond(span);
      }
      read.push({ first_time: span.first_time, last_time: span.last_time });
      const passed = passes(readBatch());
      passedLines += passed.length;
      entries.push(...passed);
      if (entries.length < (bound === undefined ? wanted : 2 * wanted)) return true;
      entries.sort((left, right) => compareEntries(left, right, descending));
      bound = entries[wanted - 1]!.time;
      if (entries.length > wanted) complete = false;
      entries = entries.slice(0, wanted);
      return true;
    },
    page() {
      const sorted = entries.toSorted((left, right) => compareEntries(left, right, descending));
      const rows = sorted.slice(request.offset, wanted);
      const isKnown = complete || request.uncounted === true;
      const last = descending ? undefined : rows.at(-1);
      return {
        rows,
        total: isKnown ? entries.length : undefined,
        linesPerBatch: read.length === 0 ? 0 : passedLines / read.length,
        ...(last !== undefined && { end: placeOf(last, read) }),
      };
    },
  };
}

export function isDescending({ sort }: Pick<PageRequest<"timestamp">, "sort">): boolean {
  return sort?.[0]?.descending === true;
}

/** What was not read begins later than the last line of the page. */
function placeOf({ time, sequence }: LogEntry, read: readonly Span[]): LogPlace {
  const open = read.filter(({ last_time: lastTime }) => lastTime >= time).map((span) => span.first_time);
  return { time, sequence, openSince: open.reduce((least, one) => Math.min(least, one), time) };
}

/** Finds the lines of a batch that pass a filter and are behind a place. */
export function entriesBehind(
  filter: LogFilter,
  after: LogPlace | undefined,
): (batch: BatchRow) => readonly LogEntry[] {
  const matches = lineMatcher(filter);
  return (batch) => {
    const entries = entriesOf(batch, matches);
    return after === undefined ? entries : entries.filter((entry) => compareEntries(entry, after, false) > 0);
  };
}

/** The columns of a batch that counting its lines takes. */
export interface CountedBatch {
  readonly last_time: number;
  readonly first_time: number;
  readonly max_level: number;
  readonly min_level: number;
  readonly line_count: number;
  readonly lines: string;
}

/** Counts lines by part of time and level, from batches as they are read; opens those whose lines differ in what is counted. */
export function createLogCounts(filter: LogFilter, parts: readonly TimePart[]) {
  const partOf = partFinder(parts);
  const matches = lineMatcher(filter);
  const wantsText = filter.query !== undefined || filter.withoutText !== undefined;
  const counts = parts.map(() => LOG_LEVELS.map(() => 0));
  const add = (time: number, level: number, count: number): void => {
    const part = partOf(time);
    if (part !== undefined) counts[part]![level]! += count;
  };
  const isAlike = (batch: CountedBatch): boolean => {
    const { first_time: first, last_time: last, max_level: highest, min_level: lowest } = batch;
    if (wantsText || lowest !== highest || partOf(first) !== partOf(last)) return false;
    const probe: Omit<LogLine, "time"> = { level: LOG_LEVELS[highest]!, message: "" };
    return matches({ ...probe, time: first }) && matches({ ...probe, time: last });
  };
  return {
    take(batch: CountedBatch): void {
      if (isAlike(batch)) add(batch.last_time, batch.max_level, batch.line_count);
      else for (const line of decodeLines(batch)) if (matches(line)) add(line.time, LOG_LEVELS.indexOf(line.level), 1);
    },
    result: (): readonly LogStatistic[] =>
      counts.flatMap((byLevel, part) =>
        byLevel.flatMap((count, level) => (count === 0 ? [] : [{ part, level: LOG_LEVELS[level]!, count }])),
      ),
  };
}

import { startDate } from "../../../execution-dates.ts";
import type { ExecutionFilter, ExecutionRow, ExecutionSortKey, PageRequest } from "../../../store.ts";
import { namesCorrelation } from "../../../sql/execution-filter.ts";
import type { Drift } from "./drift.ts";
import { DAY_MS } from "../../../days.ts";

/** What is read of a list: what starts since then, in the partitions that can have it. */
export interface Window {
  readonly drift: Drift;
  /** Epoch milliseconds; absent for all. */
  readonly since?: number | undefined;
}

/** How far back the newest are looked for before all is read, in milliseconds. */
const WINDOWS_MS = [2 * DAY_MS, 16 * DAY_MS] as const;

/** The beginnings of the windows before a time, the smallest first. */
export function newestWindows(time: number): readonly number[] {
  return WINDOWS_MS.map((length) => time - length);
}

/** Where to look for a page, one after the other: `undefined`, the last, is everything. */
export function windowsOf(
  filter: ExecutionFilter,
  { sort = [], after }: PageRequest<ExecutionSortKey, ExecutionRow>,
): readonly (number | undefined)[] {
  const isNewestFirst = sort.every(({ key, descending }) => key === "startDate" && descending);
  // What has few executions is found through an index of its own.
  const isOfFew = filter.parentExecutionId !== undefined || filter.triggerExecutionId !== undefined;
  if (!isNewestFirst || isOfFew || namesCorrelation(filter)) return [undefined];
  const { startAfter = -Infinity } = filter;
  const newest = Math.min(Date.now(), latestStart(filter, after) ?? Infinity);
  return [...newestWindows(newest).filter((since) => since > startAfter), undefined];
}

/** Nothing that passes starts later; undefined where anything may. */
export function latestStart(
  { startBefore = Infinity, endBefore = Infinity }: ExecutionFilter,
  after: ExecutionRow | undefined,
): number | undefined {
  const latest = Math.min(startBefore, endBefore, after === undefined ? Infinity : startDate(after));
  return latest === Infinity ? undefined : latest;
}

/** Asks for more and more until a page is full. */
export async function newestFirst<Row>(
  windows: readonly (number | undefined)[],
  limit: number,
  ask: (since: number | undefined) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  let rows: readonly Row[] = [];
  for (const since of windows) {
    rows = await ask(since);
    if (rows.length >= limit) break;
  }
  return rows;
}

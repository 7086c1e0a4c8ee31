/**
 * Which partitions have the executions that start within a time. Executions begin when their ids are made, or soon after, so that those
 * of a day have ids of that day; but a retry that waited for a server to come back has the id of the day when it was due, and
 * clocks are set. The greatest distance there ever was is a row of the database, written with the execution that makes it greater.
 */
import type { ClientBase } from "pg";
import { startDate } from "../../../execution-dates.ts";
import { ID_TIMES_END, leastIdAt, timeOfId } from "../../../id-times.ts";
import { demand, type Selection } from "../../../sql/selection.ts";
import type { ExecutionRow } from "../../../store.ts";
import type { Change } from "../encode-unit.ts";

/** By how many milliseconds executions may begin after the time in their id, and before it. */
export interface Drift {
  readonly late: number;
  readonly early: number;
}

/** Times in epoch milliseconds; both belong to it. */
export interface StartRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const HOUR_MS = 3_600_000;

export const DRIFT_SQL = `SELECT coalesce(max(late), ${HOUR_MS}) AS late, coalesce(max(early), ${HOUR_MS}) AS early
  FROM execution_drift WHERE number = 0`;

/** Of a database that knows of no other. */
export const DRIFT_MIN: Drift = { late: HOUR_MS, early: HOUR_MS };

/** Of an id that says no time, in the range of those that do. */
const ANY: Drift = { late: Number.MAX_SAFE_INTEGER, early: Number.MAX_SAFE_INTEGER };

export async function readDrift(client: ClientBase): Promise<Drift> {
  return (await client.query<Drift>(DRIFT_SQL)).rows[0]!;
}

/** The drift of these executions with what is known, rounded up so that it seldom grows; undefined while it is within that. */
export function driftBeyond(known: Drift, rows: readonly ExecutionRow[]): Drift | undefined {
  let drift = known;
  for (const row of rows) {
    if (row.id >= ID_TIMES_END) continue;
    const time = timeOfId(row.id);
    const late = startDate(row) - (time ?? 0);
    if (time === undefined) drift = ANY;
    else if (late > drift.late || -late > drift.early) drift = widest(drift, roundedUp(late));
  }
  return drift === known ? undefined : drift;
}

function roundedUp(late: number): Drift {
  const distance = HOUR_MS * 2 ** Math.ceil(Math.log2(Math.abs(late) / HOUR_MS));
  return late > 0 ? { late: distance, early: 0 } : { late: 0, early: distance };
}

export function widest(one: Drift, other: Drift): Drift {
  return { late: Math.max(one.late, other.late), early: Math.max(one.early, other.early) };
}

export function driftChange({ late, early }: Drift): Change {
  return { type: "put", table: "execution_drift", values: [0, late, early] };
}

/** Adds what lets PostgreSQL leave out the partitions that have no executions of the range; `column` has their ids. */
export function demandPartitions(
  selection: Selection,
  range: StartRange,
  drift: Drift,
  column = "executions.id",
): void {
  const condition = idCondition(column, range, drift);
  if (condition !== undefined) demand(selection, condition);
}

/** The same as SQL; undefined where all partitions may have some. */
export function idCondition(column: string, { from, to }: StartRange, { late, early }: Drift): string | undefined {
  const least = from === undefined ? undefined : `${column} >= '${leastIdAt(from - late)}'`;
  if (to === undefined) return least;
  const end = `${column} < '${leastIdAt(to + early + 1)}'`;
  return `(${least === undefined ? end : `${least} AND ${end}`} OR ${column} >= '${ID_TIMES_END}')`;
}

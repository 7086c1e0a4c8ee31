import type { ClientBase } from "pg";
import { DAY_MS, nameOfDay } from "../../../days.ts";
import { leastIdAt, timeOfPrefix } from "../../../id-times.ts";
import type { Span } from "../../../store.ts";
import { TABLES, type Table, type TableName } from "../tables.ts";

/** Days that have a partition of each table: epoch milliseconds, `to` is the beginning of the next. */
export interface Days {
  /** What the names of its partitions end with: the first day, such as `20261126`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The tables that lie in partitions, and the column by which. */
export const PARTITIONED: readonly { readonly table: TableName; readonly column: string }[] = Object.entries(
  TABLES as Readonly<Record<TableName, Table>>,
).flatMap(([table, { partitionedBy: column }]) =>
  column === undefined ? [] : [{ table: table as TableName, column }],
);

export function partitionOf(table: TableName, { name }: Pick<Days, "name">): string {
  return `${table}_${name}`;
}

/** The ids of a span: the least of them, and the least behind them. */
export function idsOf({ from, to }: Omit<Days, "name">): { readonly least: string; readonly end: string } {
  return { least: leastIdAt(from), end: leastIdAt(to) };
}

const BOUND = /^FOR VALUES FROM \('(\w{9})'\) TO \('(\w{9})'\)$/;

interface BoundRow {
  readonly name: string;
  readonly bound: string;
}

const SPANS_SQL = `SELECT relname AS name, pg_get_expr(relpartbound, pg_class.oid) AS bound
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'executions'::regclass`;

/** The spans that there are, oldest first. `ask` runs a query. */
export async function readSpans(ask: (sql: string) => Promise<readonly BoundRow[]>): Promise<readonly Span[]> {
  const spans = (await ask(SPANS_SQL)).flatMap(({ name, bound }): Span[] => {
    const [, least, end] = BOUND.exec(bound) ?? [];
    return least === undefined || end === undefined ? [] : [{ name: name.slice("executions_".length), least, end }];
  });
  return spans.toSorted((one, other) => (one.least < other.least ? -1 : 1));
}

export async function readDays(client: Pick<ClientBase, "query">): Promise<readonly Days[]> {
  const spans = await readSpans(async (sql) => (await client.query<BoundRow>(sql)).rows);
  return spans.map(({ name, least, end }) => ({ name, from: timeOfPrefix(least), to: timeOfPrefix(end) }));
}

/** The days around a time, the first of which is a multiple of `days` since 1970; fewer where others are in its place. */
export function daysAt(time: number, days: number, others: readonly Days[]): Days {
  const width = days * DAY_MS;
  const aligned = Math.floor(time / width) * width;
  const from = Math.max(aligned, ...others.map(({ to }) => to).filter((to) => to <= time));
  const to = Math.min(aligned + width, ...others.map((other) => other.from).filter((start) => start > time));
  return { name: nameOfDay(from), from, to };
}

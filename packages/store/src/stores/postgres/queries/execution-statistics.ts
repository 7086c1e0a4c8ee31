import { EXECUTION_KINDS } from "../../../rows/execution-columns.ts";
import {
  statisticOf,
  type StatisticsBy,
  statisticsSql,
  type StoredStatistic,
} from "../../../sql/execution-statistics.ts";
import { whereOf } from "../../../sql/selection.ts";
import type { ExecutionField, ExecutionFilter, ExecutionStatistic, TimePart } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import type { Window } from "../partitions/windows.ts";
import type { Reader } from "../reader.ts";
import { selectFrom, sourceFor } from "./executions.ts";

/** Takes the beginnings of the parts and their ends, as arrays. */
const PARTS = `(SELECT (position - 1)::int AS part, part_from, part_before
  FROM unnest(?::bigint[], ?::bigint[]) WITH ORDINALITY AS parts (part_from, part_before, position)) AS parts`;

export async function executionStatistics(
  reader: Reader,
  filter: ExecutionFilter,
  parts: readonly TimePart[],
  by?: StatisticsBy,
): Promise<readonly ExecutionStatistic[]> {
  const bounds = [POSTGRES.list(parts.map(({ from }) => from)), POSTGRES.list(parts.map(({ before }) => before))];
  const window = { drift: await reader.drift() };
  const within = whole(filter, parts);
  const values = [...bounds, ...selectFrom(within, undefined, window).values];
  return (await reader.all<StoredStatistic>(executionStatisticsSql(within, by, window), values)).map(statisticOf);
}

export function executionStatisticsSql(filter: ExecutionFilter, by?: StatisticsBy, window?: Window): string {
  return statisticsSql(PARTS, selectFrom(filter, undefined, window), sourceFor(filter).start, by);
}

/** The filter, within all parts together. */
function whole(filter: ExecutionFilter, parts: readonly TimePart[]): ExecutionFilter {
  const { startAfter = -Infinity, startBefore = Infinity } = filter;
  if (parts.length === 0) return filter;
  return {
    ...filter,
    startAfter: Math.max(startAfter, Math.min(...parts.map(({ from }) => from))),
    startBefore: Math.min(startBefore, Math.max(...parts.map(({ before }) => before)) - 1),
  };
}

const FIELDS: Readonly<Record<Exclude<ExecutionField, "labels">, string>> = {
  namespace: "namespace",
  flowId: "flow_id",
  state: "state",
  kind: "kind",
};

export async function distinctOfExecutions(
  reader: Reader,
  filter: ExecutionFilter,
  field: ExecutionField,
  limit: number,
): Promise<readonly string[]> {
  const selection = selectFrom(filter, undefined, { drift: await reader.drift() });
  const { from, key, value } = POSTGRES.executionLabels;
  const column = field === "labels" ? `(${key} || ':' || ${value}) COLLATE "C"` : FIELDS[field];
  const rows = field === "labels" ? `${selection.from} CROSS JOIN ${from}` : selection.from;
  const sql = `SELECT DISTINCT ${column} AS value FROM ${rows} WHERE ${whereOf(selection)} ORDER BY value LIMIT ?`;
  const found = await reader.all<{ value: string | number }>(sql, [...selection.values, limit]);
  if (field === "kind") return found.map((row) => EXECUTION_KINDS[Number(row.value)]!).toSorted();
  return found.map((row) => String(row.value));
}

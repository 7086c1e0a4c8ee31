import type { ExecutionQueries, ExecutionStatistic } from "../store.ts";
import { type Selection, whereOf } from "./selection.ts";

export type StatisticsBy = Parameters<ExecutionQueries["statistics"]>[2];

/** A row of the statement below. */
export interface StoredStatistic {
  readonly part: number;
  readonly namespace?: string;
  readonly flowId?: string;
  readonly state: ExecutionStatistic["state"];
  readonly count: number;
  readonly ended: number;
  readonly sumMs: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
}

const GROUPS = { NOTHING: [], NAMESPACE: ["namespace"], FLOW: ["namespace", "flow_id"] } as const;

/**
 * Statistics of a selection; `parts` is a table with the position of each part (`part`) and its bounds (`part_from`,
 * `part_before`), whose parameters go before those of the selection.
 */
export function statisticsSql(parts: string, selection: Selection, start: string, by?: StatisticsBy): string {
  const groups = ["part", ...GROUPS[by ?? "NOTHING"], "state"];
  const columns = groups.map((column) => (column === "flow_id" ? 'flow_id AS "flowId"' : column));
  return `SELECT ${columns.join(", ")}, count(*) AS count, count(end_date) AS ended,
      sum(end_date - start_date) AS "sumMs", min(end_date - start_date) AS "minMs", max(end_date - start_date) AS "maxMs"
    FROM ${parts} CROSS JOIN ${selection.from}
    WHERE ${whereOf(selection)} AND ${start} >= part_from AND ${start} < part_before
    GROUP BY ${groups.join(", ")} ORDER BY ${groups.join(", ")}`;
}

export function statisticOf({ ended, sumMs, minMs, maxMs, ...row }: StoredStatistic): ExecutionStatistic {
  if (ended === 0) return row;
  return { ...row, durations: { count: ended, sumMs: sumMs ?? 0, minMs: minMs ?? 0, maxMs: maxMs ?? 0 } };
}

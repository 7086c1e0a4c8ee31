import type {
  ExecutionField,
  ExecutionFilter,
  ExecutionQueries,
  ExecutionStatistic,
  TimePart,
} from "../../../store.ts";
import type { Database } from "../driver.ts";
import { EXECUTION_KINDS } from "../encode-unit.ts";
import { PARTS, partsValue, whereOf } from "../selection.ts";
import { selectExecutions } from "./executions.ts";

type By = Parameters<ExecutionQueries["statistics"]>[2];

interface StoredStatistic {
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

const GROUPS = { NOTHING: "", NAMESPACE: ", namespace", FLOW: ", namespace, flow_id AS flowId" } as const;

export function executionStatistics(
  database: Database,
  filter: ExecutionFilter,
  parts: readonly TimePart[],
  by?: By,
): readonly ExecutionStatistic[] {
  const { values } = selectExecutions(filter);
  const rows = database.all<StoredStatistic>(executionStatisticsSql(filter, by), [partsValue(parts), ...values]);
  return rows.map(({ ended, sumMs, minMs, maxMs, ...row }) => ({
    ...row,
    ...(ended > 0 && { durations: { count: ended, sumMs: sumMs ?? 0, minMs: minMs ?? 0, maxMs: maxMs ?? 0 } }),
  }));
}

export function executionStatisticsSql(filter: ExecutionFilter, by?: By): string {
  const selection = selectExecutions(filter);
  const groups = GROUPS[by ?? "NOTHING"];
  return `SELECT part${groups}, state, count(*) AS count, count(end_date) AS ended, sum(end_date - start_date) AS sumMs,
      min(end_date - start_date) AS minMs, max(end_date - start_date) AS maxMs
    FROM ${PARTS} CROSS JOIN ${selection.from}
    WHERE ${whereOf(selection)} AND start_date >= part_from AND start_date < part_before
    GROUP BY part${groups.replace(" AS flowId", "")}, state ORDER BY part${groups.replace(" AS flowId", "")}, state`;
}

const FIELDS: Readonly<Record<Exclude<ExecutionField, "labels">, string>> = {
  namespace: "namespace",
  flowId: "flow_id",
  state: "state",
  kind: "kind",
};

export function distinctOfExecutions(
  database: Database,
  filter: ExecutionFilter,
  field: ExecutionField,
  limit: number,
): readonly string[] {
  const selection = selectExecutions(filter);
  const where = whereOf(selection);
  if (field === "labels") {
    const labels = "SELECT DISTINCT label.value ->> 'key' || ':' || (label.value ->> 'value') AS value";
    const sql = `${labels} FROM (SELECT body FROM ${selection.from} WHERE ${where}), json_each(body, '$.labels') AS label`;
    return valuesOf(database, sql, selection.values, limit);
  }
  const sql = `SELECT DISTINCT ${FIELDS[field]} AS value FROM ${selection.from} WHERE ${where}`;
  const values = valuesOf(database, sql, selection.values, limit);
  return field === "kind" ? values.map((kind) => EXECUTION_KINDS[Number(kind)]!).toSorted() : values;
}

function valuesOf(
  database: Database,
  sql: string,
  values: Parameters<Database["all"]>[1] = [],
  limit: number,
): readonly string[] {
  const rows = database.all<{ value: string }>(`${sql} ORDER BY value LIMIT ?`, [...values, limit]);
  return rows.map(({ value }) => value);
}

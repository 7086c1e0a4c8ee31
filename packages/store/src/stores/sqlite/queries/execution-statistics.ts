import { EXECUTION_KINDS } from "../../../rows/execution-columns.ts";
import {
  statisticOf,
  type StatisticsBy,
  statisticsSql,
  type StoredStatistic,
} from "../../../sql/execution-statistics.ts";
import { whereOf } from "../../../sql/selection.ts";
import type { ExecutionField, ExecutionFilter, ExecutionStatistic, TimePart } from "../../../store.ts";
import type { Database } from "../driver.ts";
import { selectFrom, sourceFor } from "./executions.ts";
import { PARTS, partsValue } from "./read-page.ts";

export function executionStatistics(
  database: Database,
  filter: ExecutionFilter,
  parts: readonly TimePart[],
  by?: StatisticsBy,
): readonly ExecutionStatistic[] {
  const { values } = selectFrom(filter);
  const sql = executionStatisticsSql(filter, by);
  return database.all<StoredStatistic>(sql, [partsValue(parts), ...values]).map(statisticOf);
}

export function executionStatisticsSql(filter: ExecutionFilter, by?: StatisticsBy): string {
  return statisticsSql(PARTS, selectFrom(filter), sourceFor(filter, false).start, by);
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
  const selection = selectFrom(filter);
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

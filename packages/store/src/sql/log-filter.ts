import { levelRank } from "../log-lines.ts";
import { LOG_ROW_MS_MAX } from "../rows/log-columns.ts";
import type { LogFilter, LogPlace } from "../store.ts";
import type { SqlDialect, SqlValue } from "./dialect.ts";
import { demand, demandIf, demandNamespace, demandOneOf, demandTexts, type Selection, whereOf } from "./selection.ts";

/** Batches that may hold a line that passes the filter; of those behind a place, if one is given. */
export function selectBatches(dialect: SqlDialect, from: string, filter: LogFilter, after?: LogPlace): Selection {
  const selection: Selection = { from, conditions: ["tenant = ?"], values: [filter.tenant] };
  demandIf(selection, "execution_id = ?", filter.executionId);
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandIf(selection, "trigger_id = ?", filter.triggerId);
  demandIf(selection, "task_run_id = ?", filter.taskRunId);
  demandIf(selection, "attempt = ?", filter.attempt);
  demandOneOf(dialect, selection, "task_id", filter.taskIds);
  if (filter.minimumLevel !== undefined) demand(selection, "max_level >= ?", levelRank(filter.minimumLevel));
  if (filter.levels !== undefined) {
    const ranks = filter.levels.map(levelRank);
    demand(selection, "max_level >= ? AND min_level <= ?", Math.min(...ranks, 9), Math.max(...ranks, -1));
  }
  demandIf(selection, "last_time >= ?", filter.after);
  if (filter.before !== undefined) {
    // The second lets a walk that goes by last lines begin there.
    demand(selection, "first_time <= ? AND last_time <= ?", filter.before, filter.before + LOG_ROW_MS_MAX);
  }
  demandTexts(dialect, selection, TEXT_COLUMNS, filter.texts);
  if (filter.query !== undefined && isPlain(filter.query)) {
    demand(selection, dialect.contains("lower(lines)", "?"), filter.query.toLowerCase());
  }
  if (after !== undefined) demand(selection, "first_time >= ? AND last_time >= ?", after.openSince, after.time);
  return selection;
}

const TEXT_COLUMNS = {
  namespace: "namespace",
  flowId: "flow_id",
  executionId: "nullif(execution_id, '')",
  triggerId: "trigger_id",
  taskId: "task_id",
  taskRunId: "task_run_id",
} as const;

/** The time of the last of the first so many batches of which every line passes; undefined when only the lines can tell. */
export function sliceEndSql(
  dialect: SqlDialect,
  selection: Selection,
  filter: LogFilter,
): { readonly sql: string; readonly values: readonly SqlValue[] } | undefined {
  const whole = wholeBatches(dialect, filter);
  if (whole === undefined) return undefined;
  const first = `SELECT last_time FROM ${selection.from} WHERE ${whereOf(selection)} AND ${whole.sql}
    ORDER BY last_time LIMIT ?`;
  return {
    sql: `SELECT max(last_time) AS until FROM (${first}) AS first`,
    values: [...selection.values, ...whole.values],
  };
}

/** The number of lines in batches of which every line passes. */
export function wholeLinesSql(
  dialect: SqlDialect,
  selection: Selection,
  filter: LogFilter,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const { sql, values } = wholeBatches(dialect, filter) ?? { sql: "FALSE", values: [] };
  return {
    sql: `SELECT coalesce(sum(line_count), 0) AS lines FROM ${selection.from} WHERE ${whereOf(selection)} AND ${sql}`,
    values: [...selection.values, ...values],
  };
}

/** Text that looks the same inside JSON, in letters whose case every database knows. */
function isPlain(query: string): boolean {
  return /^[ -~]+$/.test(query) && !/["\\]/.test(query);
}

/** Condition for batches of which every line passes, and is later than the place; none when only the lines can tell. */
export function wholeBatches(
  dialect: SqlDialect,
  filter: LogFilter,
  after?: LogPlace,
): { readonly sql: string; readonly values: readonly SqlValue[] } | undefined {
  if (filter.query !== undefined || filter.withoutText !== undefined) return undefined;
  const whole: Selection = { from: "", conditions: ["TRUE"], values: [] };
  if (filter.minimumLevel !== undefined) demand(whole, "min_level >= ?", levelRank(filter.minimumLevel));
  if (filter.levels !== undefined) {
    demand(whole, "min_level = max_level");
    demandOneOf(dialect, whole, "max_level", filter.levels.map(levelRank));
  }
  demandIf(whole, "first_time >= ?", filter.after);
  demandIf(whole, "last_time <= ?", filter.before);
  demandIf(whole, "first_time > ?", after?.time);
  return { sql: `(${whole.conditions.join(" AND ")})`, values: whole.values };
}

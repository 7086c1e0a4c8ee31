import type { BatchRow } from "../../../rows/log-entries.ts";
import {
  createLogPageReader,
  entriesBehind,
  isDescending,
  walkColumn,
  walksByNearEnd,
} from "../../../rows/log-pages.ts";
import { selectBatches, wholeBatches } from "../../../sql/log-filter.ts";
import { type Selection, whereOf } from "../../../sql/selection.ts";
import type { LogFilter, LogPage, LogPlace, PageRequest } from "../../../store.ts";
import { SQLITE } from "../dialect.ts";
import type { Database } from "../driver.ts";

/**
 * Batches are found by SQL, lines are cut out and matched here. The walk over the batches, along the log of an execution or along
 * the index of times, stops as soon as the page is sure, so that a page costs its own lines.
 */
export function searchLogs(
  database: Database,
  filter: LogFilter,
  request: PageRequest<"timestamp", LogPlace>,
): LogPage {
  const reader = createLogPageReader(filter, request);
  const { values } = selectFrom(filter, request.after);
  const sql = batchSql(filter, isDescending(request), request.after);
  for (const batch of database.iterate<BatchRow | BatchKey>(sql, values))
    if (!reader.take(batch, () => ("lines" in batch ? batch : readBatch(database, batch)))) break;
  const { total, linesPerBatch: _linesPerBatch, ...page } = reader.page();
  return { ...page, total: total ?? countLines(database, filter, request.after) };
}

export function selectFrom(filter: LogFilter, after?: LogPlace): Selection {
  return selectBatches(SQLITE, tableFor(filter), filter, after);
}

/** SQLite's own name for it. */
const PRIMARY_KEY = "sqlite_autoindex_logs_1";

/** The index is named, so that no wish for an order can turn the log of one execution into a walk over all. */
function tableFor(filter: LogFilter): string {
  if (filter.executionId !== undefined) return `logs INDEXED BY ${PRIMARY_KEY}`;
  const ofTrigger = filter.triggerId !== undefined && filter.namespace !== undefined && filter.flowId !== undefined;
  return ofTrigger ? "logs INDEXED BY logs_by_trigger" : "logs INDEXED BY logs_by_time";
}

type BatchKey = Pick<BatchRow, "tenant" | "execution_id" | "first_time" | "sequence" | "last_time">;

/** In the order of an index; without lines, where the walk comes by batches that don't belong to the page. */
export function batchSql(filter: LogFilter, descending: boolean, after?: LogPlace): string {
  const selection = selectFrom(filter, after);
  const order = `${walkColumn(filter)}${descending ? " DESC" : ""}`;
  const keys = "tenant, execution_id, first_time, sequence, last_time";
  const columns = walksByNearEnd(filter, descending) ? "*" : keys;
  return `SELECT ${columns} FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY ${order}`;
}

function readBatch(database: Database, key: BatchKey): BatchRow {
  const sql = "SELECT * FROM logs WHERE tenant = ? AND execution_id = ? AND first_time = ? AND sequence = ?";
  return database.get<BatchRow>(sql, [key.tenant, key.execution_id, key.first_time, key.sequence])!;
}

/** Adds up the batches that pass as a whole and looks only into the others. */
function countLines(database: Database, filter: LogFilter, after: LogPlace | undefined): number {
  const selection = selectFrom(filter, after);
  const { from, values } = selection;
  const where = whereOf(selection);
  const whole = wholeBatches(SQLITE, filter, after);
  const passes = entriesBehind(filter, after);
  let total = 0;
  if (whole !== undefined) {
    const sql = `SELECT coalesce(sum(line_count), 0) AS total FROM ${from} WHERE ${where} AND ${whole.sql}`;
    total = database.get<{ total: number }>(sql, [...values, ...whole.values])?.total ?? 0;
  }
  const rest = whole === undefined ? where : `${where} AND NOT ${whole.sql}`;
  const restValues = [...values, ...(whole?.values ?? [])];
  for (const batch of database.iterate<BatchRow>(`SELECT * FROM ${from} WHERE ${rest}`, restValues)) {
    total += passes(batch).length;
  }
  return total;
}

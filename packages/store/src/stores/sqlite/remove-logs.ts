import { lineMatcher } from "../../log-lines.ts";
import { decodeLines, logColumns } from "../../rows/log-columns.ts";
import type { BatchRow } from "../../rows/log-entries.ts";
import { wholeBatches } from "../../sql/log-filter.ts";
import type { LogLine, RemovedLogs } from "../../store.ts";
import { SQLITE } from "./dialect.ts";
import type { Database } from "./driver.ts";
import { selectFrom } from "./queries/logs.ts";

/** Removes every line that passes the filter: whole batches by one statement, the others are written again shorter. */
export function removeLogs(database: Database, filter: RemovedLogs): void {
  const { from, conditions, values } = selectFrom(filter);
  const where = conditions.join(" AND ");
  const whole = wholeBatches(SQLITE, filter);
  if (whole !== undefined) {
    database.prepare(`DELETE FROM ${from} WHERE ${where} AND ${whole.sql}`).run([...values, ...whole.values]);
  }
  if (filter.wholeBatches === true) return;
  const matches = lineMatcher(filter);
  for (const batch of database.all<BatchRow>(`SELECT * FROM ${from} WHERE ${where}`, values)) {
    shorten(
      database,
      batch,
      decodeLines(batch).filter((line) => !matches(line)),
    );
  }
}

const KEY = "tenant = ? AND execution_id = ? AND first_time = ? AND sequence = ?";

function shorten(database: Database, batch: BatchRow, lines: readonly LogLine[]): void {
  const key = [batch.tenant, batch.execution_id, batch.first_time, batch.sequence];
  if (lines.length === 0) {
    database.prepare(`DELETE FROM logs WHERE ${KEY}`).run(key);
    return;
  }
  const { firstTime, lastTime, highest, lowest, count, text } = logColumns(lines);
  database
    .prepare(`UPDATE logs SET first_time = ?, last_time = ?, max_level = ?, min_level = ?, line_count = ?, lines = ?
      WHERE ${KEY}`)
    .run([firstTime, lastTime, highest, lowest, count, text, ...key]);
}

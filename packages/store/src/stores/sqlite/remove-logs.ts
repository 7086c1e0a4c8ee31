import { levelRank, lineMatcher } from "../../log-lines.ts";
import type { LogFilter, LogLine } from "../../store.ts";
import type { Database } from "./driver.ts";
import { decodeLines, selectBatches, wholeBatches, type BatchRow } from "./queries/log-batches.ts";

/** Removes every line that passes the filter: whole batches by one statement, the others are written again shorter. */
export function removeLogs(database: Database, filter: LogFilter): void {
  const { from, conditions, values } = selectBatches(filter);
  const where = conditions.join(" AND ");
  const whole = wholeBatches(filter);
  if (whole !== undefined) {
    database.prepare(`DELETE FROM ${from} WHERE ${where} AND ${whole.sql}`).run([...values, ...whole.values]);
  }
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
  const times = lines.map((line) => line.time);
  const ranks = lines.map((line) => levelRank(line.level));
  const text = JSON.stringify(lines.map(({ time, level, message }) => [time, level, message]));
  database
    .prepare(`UPDATE logs SET first_time = ?, last_time = ?, max_level = ?, min_level = ?, line_count = ?, lines = ?
      WHERE ${KEY}`)
    .run([Math.min(...times), Math.max(...times), Math.max(...ranks), Math.min(...ranks), lines.length, text, ...key]);
}

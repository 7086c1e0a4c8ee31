import type { ClientBase } from "pg";
import { lineMatcher } from "../../log-lines.ts";
import { decodeLines, logColumns } from "../../rows/log-columns.ts";
import type { BatchRow } from "../../rows/log-entries.ts";
import { wholeBatches } from "../../sql/log-filter.ts";
import { whereOf } from "../../sql/selection.ts";
import type { RemovedLogs } from "../../store.ts";
import { walkRows } from "./cursor.ts";
import { POSTGRES } from "./dialect.ts";
import { numbered } from "./driver.ts";
import { selectFrom } from "./queries/logs.ts";

/**
 * Removes every line that passes the filter, within the transaction of the connection: whole batches by one statement, the others
 * are written again shorter.
 */
export async function removeLogs(client: ClientBase, filter: RemovedLogs): Promise<void> {
  const selection = selectFrom(filter);
  const where = whereOf(selection);
  const whole = wholeBatches(POSTGRES, filter);
  if (whole !== undefined) {
    const sql = `DELETE FROM logs WHERE ${where} AND ${whole.sql}`;
    await client.query(numbered(sql, [...selection.values, ...whole.values]));
  }
  if (filter.wholeBatches === true) return;
  const matches = lineMatcher(filter);
  const batches = walkRows<BatchRow>(client, `SELECT * FROM logs WHERE ${where}`, selection.values);
  for await (const batch of batches) {
    const lines = decodeLines(batch).filter((line) => !matches(line));
    const key = [batch.tenant, batch.execution_id, batch.first_time, batch.sequence];
    if (lines.length === 0) {
      await client.query(numbered(`DELETE FROM logs WHERE ${KEY}`, key));
      continue;
    }
    const { firstTime, lastTime, highest, lowest, count, text } = logColumns(lines);
    const sql = `UPDATE logs SET first_time = ?, last_time = ?, max_level = ?, min_level = ?, line_count = ?, lines = ?
      WHERE ${KEY}`;
    await client.query(numbered(sql, [firstTime, lastTime, highest, lowest, count, text, ...key]));
  }
}

const KEY = "tenant = ? AND execution_id = ? AND first_time = ? AND sequence = ?";

import { KEEP_IDEMPOTENCY_KEY } from "../../sql/idempotency-keys.ts";

/**
 * The statements a commit is made of. A group crosses the threads as one flat list: the statement's number (its
 * position here), then its values. Numbers live no longer than the process.
 */
export const STATEMENTS = {
  putFlowRevision: "INSERT OR REPLACE INTO flow_revisions VALUES (?, ?, ?, ?, ?, ?, ?)",
  putFlow: `INSERT INTO flows VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (tenant, namespace, id) DO UPDATE SET
    revision = excluded.revision, deleted = excluded.deleted, trigger_types = excluded.trigger_types,
    updated_at = excluded.updated_at, body = excluded.body, unapplied = 1 WHERE excluded.revision >= revision`,
  applyFlow: "UPDATE flows SET unapplied = 0 WHERE tenant = ? AND namespace = ? AND id = ? AND revision = ?",
  // Leaves alone what never changes, and with it the two big indexes. Changes nothing when it did change: see writer.
  putExecution: `INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET
      state = excluded.state, end_date = excluded.end_date,
      indexed_labels = excluded.indexed_labels, body = excluded.body
    WHERE namespace = excluded.namespace AND flow_id = excluded.flow_id AND start_date = excluded.start_date
      AND kind = excluded.kind AND parent_execution_id IS excluded.parent_execution_id
      AND trigger_execution_id IS excluded.trigger_execution_id`,
  addLabel: "INSERT OR IGNORE INTO execution_labels VALUES (?, ?, ?, ?, ?)",
  removeExecution: "DELETE FROM executions WHERE tenant = ? AND id = ?",
  putTaskRun: `INSERT INTO task_runs VALUES (?, ?, ?, ?)
    ON CONFLICT (tenant, execution_id, number) DO UPDATE SET body = excluded.body`,
  removeTaskRun: "DELETE FROM task_runs WHERE tenant = ? AND execution_id = ? AND number = ?",
  removeTaskRuns: "DELETE FROM task_runs WHERE tenant = ? AND execution_id = ?",
  addLogs: "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  removeExecutionLogs: "DELETE FROM logs WHERE tenant = ? AND execution_id = ?",
  addMetrics: "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  removeExecutionMetrics: "DELETE FROM metrics WHERE tenant = ? AND execution_id = ?",
  setTimer:
    "INSERT INTO timers VALUES (?, ?, ?, ?) ON CONFLICT (tenant, execution_id, key) DO UPDATE SET at = excluded.at",
  clearTimer: "DELETE FROM timers WHERE tenant = ? AND execution_id = ? AND key = ?",
  clearTimers: "DELETE FROM timers WHERE tenant = ? AND execution_id = ?",
  // A message sent twice keeps its place.
  addMessage: `INSERT INTO messages VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (tenant, execution_id, id) DO UPDATE SET body = excluded.body`,
  takeMessage: "DELETE FROM messages WHERE tenant = ? AND execution_id = ? AND id = ?",
  takeMessages: "DELETE FROM messages WHERE tenant = ? AND execution_id = ?",
  addStart: `INSERT INTO added_starts VALUES (?, ?, ?, ?)
    ON CONFLICT (tenant, execution_id, number) DO UPDATE SET body = excluded.body`,
  takeStart: "DELETE FROM added_starts WHERE tenant = ? AND execution_id = ? AND number = ?",
  takeStarts: "DELETE FROM added_starts WHERE tenant = ? AND execution_id = ?",
  putTrigger: `INSERT INTO triggers VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, namespace, flow_id, trigger_id)
    DO UPDATE SET next_date = excluded.next_date, wake_at = excluded.wake_at, body = excluded.body`,
  removeTrigger: "DELETE FROM triggers WHERE tenant = ? AND namespace = ? AND flow_id = ? AND trigger_id = ?",
  putKeyValue: `INSERT INTO key_values VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, namespace, key)
    DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body`,
  removeKeyValue: "DELETE FROM key_values WHERE tenant = ? AND namespace = ? AND key = ?",
  putDocument: `INSERT INTO documents VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, kind, id)
    DO UPDATE SET updated_at = excluded.updated_at, body = excluded.body`,
  removeDocument: "DELETE FROM documents WHERE tenant = ? AND kind = ? AND id = ?",
  putIdempotencyKey: `INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, id) ${KEEP_IDEMPOTENCY_KEY}`,
  removeIdempotencyKey: "DELETE FROM idempotency_keys WHERE tenant = ? AND id = ?",
  // Not one statement but a small program with a filter as JSON: see remove-logs.ts.
  removeLogs: "SELECT ?",
  setSequence: "UPDATE counters SET value = ? WHERE name = 'sequence' AND value < ?1",
} as const satisfies Record<string, string>;

export type StatementName = keyof typeof STATEMENTS;

export const STATEMENT_NAMES = Object.keys(STATEMENTS) as readonly StatementName[];

export const STATEMENT_NUMBERS = Object.fromEntries(STATEMENT_NAMES.map((name, number) => [name, number])) as Readonly<
  Record<StatementName, number>
>;

/** How many values a statement takes. */
export function valueCount(name: StatementName): number {
  return STATEMENTS[name].match(/\?(?!\d)/g)?.length ?? 0;
}

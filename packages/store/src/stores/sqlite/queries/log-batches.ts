import { levelRank } from "../../../log-lines.ts";
import type { LogEntry, LogFilter, LogLine } from "../../../store.ts";
import type { SqlValue } from "../driver.ts";
import { demand, demandIf, demandNamespace, demandOneOf, demandTexts } from "../selection.ts";
import type { Selection } from "../selection.ts";

/** A row of the table, with its lines still as text. */
export interface BatchRow {
  readonly tenant: string;
  readonly execution_id: string;
  readonly first_time: number;
  readonly sequence: number;
  readonly namespace: string;
  readonly flow_id: string;
  readonly trigger_id: string | null;
  readonly task_id: string | null;
  readonly task_run_id: string | null;
  readonly task_run_index: number | null;
  readonly attempt: number | null;
  readonly last_time: number;
  readonly lines: string;
}

/** Batches that may hold a line that passes the filter. */
export function selectBatches(filter: LogFilter): Selection {
  const selection: Selection = { from: tableFor(filter), conditions: ["tenant = ?"], values: [filter.tenant] };
  demandIf(selection, "execution_id = ?", filter.executionId);
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandIf(selection, "trigger_id = ?", filter.triggerId);
  demandIf(selection, "task_run_id = ?", filter.taskRunId);
  demandIf(selection, "attempt = ?", filter.attempt);
  demandOneOf(selection, "task_id", filter.taskIds);
  if (filter.minimumLevel !== undefined) demand(selection, "max_level >= ?", levelRank(filter.minimumLevel));
  if (filter.levels !== undefined) {
    const ranks = filter.levels.map(levelRank);
    demand(selection, "max_level >= ? AND min_level <= ?", Math.min(...ranks, 9), Math.max(...ranks, -1));
  }
  demandIf(selection, "last_time >= ?", filter.after);
  demandIf(selection, "first_time <= ?", filter.before);
  demandTexts(selection, TEXT_COLUMNS, filter.texts);
  if (filter.query !== undefined && isPlain(filter.query)) {
    demand(selection, "instr(lower(lines), ?) > 0", filter.query.toLowerCase());
  }
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

/** SQLite's own name for it. */
const PRIMARY_KEY = "sqlite_autoindex_logs_1";

/** The index is named, so that no wish for an order can turn the log of one execution into a walk over all. */
function tableFor(filter: LogFilter): string {
  if (filter.executionId !== undefined) return `logs INDEXED BY ${PRIMARY_KEY}`;
  const ofTrigger = filter.triggerId !== undefined && filter.namespace !== undefined && filter.flowId !== undefined;
  return ofTrigger ? "logs INDEXED BY logs_by_trigger" : "logs INDEXED BY logs_by_time";
}

/** Text that looks the same inside JSON, in letters whose case SQLite knows. */
function isPlain(query: string): boolean {
  return /^[ -~]+$/.test(query) && !/["\\]/.test(query);
}

/** Condition for batches of which every line passes; none when only the lines can tell. */
export function wholeBatches(
  filter: LogFilter,
): { readonly sql: string; readonly values: readonly SqlValue[] } | undefined {
  if (filter.query !== undefined || filter.withoutText !== undefined) return undefined;
  const whole: Selection = { from: "", conditions: ["TRUE"], values: [] };
  if (filter.minimumLevel !== undefined) demand(whole, "min_level >= ?", levelRank(filter.minimumLevel));
  if (filter.levels !== undefined) {
    demand(whole, "min_level = max_level");
    demandOneOf(whole, "max_level", filter.levels.map(levelRank));
  }
  demandIf(whole, "first_time >= ?", filter.after);
  demandIf(whole, "last_time <= ?", filter.before);
  return { sql: `(${whole.conditions.join(" AND ")})`, values: whole.values };
}

export function decodeLines(batch: { readonly lines: string }): readonly LogLine[] {
  const lines = JSON.parse(batch.lines) as readonly (readonly [number, LogLine["level"], string])[];
  return lines.map(([time, level, message]) => ({ time, level, message }));
}

/** The lines that pass, each with its source and its place in the order of arrival. */
export function entriesOf(batch: BatchRow, matches: (line: LogLine) => boolean): readonly LogEntry[] {
  const source = {
    tenant: batch.tenant,
    namespace: batch.namespace,
    flowId: batch.flow_id,
    ...(batch.execution_id !== "" && { executionId: batch.execution_id }),
    ...(batch.trigger_id !== null && { triggerId: batch.trigger_id }),
    ...(batch.task_id !== null && { taskId: batch.task_id }),
    ...(batch.task_run_id !== null && { taskRunId: batch.task_run_id }),
    ...(batch.task_run_index !== null && { taskRunIndex: batch.task_run_index }),
    ...(batch.attempt !== null && { attempt: batch.attempt }),
  };
  const entries: LogEntry[] = [];
  for (const [position, line] of decodeLines(batch).entries()) {
    if (matches(line)) entries.push({ ...source, ...line, sequence: batch.sequence + position });
  }
  return entries;
}

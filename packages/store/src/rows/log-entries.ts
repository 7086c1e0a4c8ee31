import type { LogBatch, LogEntry, LogLine } from "../store.ts";
import { decodeLines } from "./log-columns.ts";

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

/** Whose lines they are. */
export function sourceOf(batch: Omit<BatchRow, "last_time" | "lines">): Omit<LogBatch, "lines"> {
  return {
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
}

/** The lines that pass, each with its source and its place in the order of arrival. */
export function entriesOf(batch: BatchRow, matches: (line: LogLine) => boolean): readonly LogEntry[] {
  const source = sourceOf(batch);
  const entries: LogEntry[] = [];
  for (const [position, line] of decodeLines(batch).entries()) {
    if (matches(line)) entries.push({ ...source, ...line, sequence: batch.sequence + position });
  }
  return entries;
}

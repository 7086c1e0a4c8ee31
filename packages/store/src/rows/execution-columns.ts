import type { ExecutionRow, Label } from "@capstan/engine";
import { CORRELATION_LABEL, ORIGIN_LABEL } from "../execution-dates.ts";

/** Kinds of executions as the tables keep them: positions in this list. */
export const EXECUTION_KINDS: readonly ExecutionRow["kind"][] = ["NORMAL", "TEST", "PLAYGROUND"];

/** Labels that go into the table of labels; nearly every execution has only those that are left out, and so none. */
export function indexedLabels(row: ExecutionRow): readonly Label[] {
  return row.labels.filter(({ key, value }) => key !== ORIGIN_LABEL && (key !== CORRELATION_LABEL || value !== row.id));
}

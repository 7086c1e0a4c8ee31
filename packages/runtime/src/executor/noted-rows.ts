import { type Action, type ExecutionRow, noted } from "@capstan/engine";

/** A row with a note of what is done to it, at that time in epoch milliseconds. */
export function withNote(
  row: ExecutionRow,
  { by, ...note }: NoteOfAction & { readonly by?: string | undefined },
): ExecutionRow {
  return { ...row, notes: noted(row.notes, by === undefined ? note : { ...note, by }) };
}

interface NoteOfAction {
  readonly at: number;
  readonly code: Action;
  readonly parent?: string;
  readonly taskRunId?: string;
  readonly removed?: number;
}

import type { ExecutionRow, TaskRunRow } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { touch } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** What people and other executions do to one. */
export type Action =
  | "created"
  | "killed"
  | "paused"
  | "resumed"
  | "restarted"
  | "replayed"
  | "state-changed"
  | "forced"
  | "unqueued"
  | "labelled";

/** What a condition came to, and what it read, with secrets hidden. */
export interface Evaluated {
  /** The text it was rendered to; absent where only a worker saw it. */
  readonly result?: string;
  /** By what is written in the expression, such as `outputs.check.value`; texts in quotes. */
  readonly values?: Readonly<Record<string, string>>;
}

/** A concurrency limit, or a quota, that an execution came to. */
export interface LimitReached {
  readonly limit: number;
  /** Where it holds, such as `the namespace company.team`; absent for that of its flow. */
  readonly scope?: string;
  /** The text that its key was rendered to. */
  readonly key?: string;
  /** Of a quota: the length of its windows in milliseconds, and the end of the one that is full in epoch milliseconds. */
  readonly window?: { readonly durationMs: number; readonly endsAt: number };
  /** Some of those that ran, at most `HOLDERS_MAX`. */
  readonly holders: readonly string[];
  /** How many waited before it. */
  readonly ahead: number;
}

/** Ids of executions that a note names. */
export const HOLDERS_MAX = 3;

/** What befell an execution and its states do not tell. */
export type ExecutionNote = { readonly at: number } & ExecutionNoteBody;
export type ExecutionNoteBody =
  | {
      readonly code: Action;
      /** Who did it, as far as that is known. */
      readonly by?: string;
      /** The execution whose task did it. */
      readonly parent?: string;
      /** The task run that it was done to, or from which it goes on. */
      readonly taskRunId?: string;
      /** Task runs that are gone since. */
      readonly removed?: number;
    }
  | ({ readonly code: "limited" } & LimitReached)
  /** Another execution took its place. */
  | { readonly code: "superseded"; readonly executionId: string }
  | { readonly code: "sla"; readonly sla: string }
  | FailedBefore;

/** Why it failed before somebody had it go on; what it fails with later takes the place of its error. */
export interface FailedBefore {
  readonly code: "failed";
  readonly error: string;
}

/** What befell a task run and its states do not tell. */
export type TaskRunNote = { readonly at: number } & TaskRunNoteBody;
export type TaskRunNoteBody =
  | ({ readonly code: "skipped" } & Evaluated)
  | {
      readonly code: "retry";
      /** The attempt that failed, from 1, and why it did. */
      readonly attempt: number;
      readonly error?: string;
      /** Epoch milliseconds of the next one. */
      readonly next: number;
    }
  /** `allowFailure` or `allowWarning` made another end of this one. */
  | { readonly code: "allowed"; readonly from: "FAILED" | "WARNING" }
  | FailedBefore;

/** Who did what is noted, as far as that is known: the part of something else that says it. */
export function actor(note: object | undefined): { readonly by?: string } {
  return note !== undefined && "by" in note && typeof note.by === "string" ? { by: note.by } : {};
}

/** Notes that an execution keeps, and each of its task runs: the newest. */
export const NOTES_MAX = 100;

/** A list with one more note, and without the oldest beyond `NOTES_MAX`. */
export function noted<Note>(notes: readonly Note[] | undefined, note: Note): readonly Note[] {
  return [...(notes ?? []), note].slice(-NOTES_MAX);
}

/** A row that is to go on, with a note of why it failed, if it did. */
export function withFailureNoted<Row extends ExecutionRow | TaskRunRow>(row: Row): Row {
  const { error, state, history, notes } = row;
  const at = history.at(-1)?.date;
  if (error === undefined || state !== "FAILED" || at === undefined) return row;
  return { ...row, notes: noted<NonNullable<typeof notes>[number]>(notes, { at, code: "failed", error }) };
}

/** Notes something about the execution, to be written with what the turn changes. */
export function noteExecution({ execution, context }: Turn, body: ExecutionNoteBody): void {
  execution.notes = noted(execution.notes, { at: context.now, ...body });
  execution.dirty = true;
}

/** Notes something about a task run, to be written with what the turn changes. */
export function noteRun(turn: Turn, run: LiveRun, body: TaskRunNoteBody): void {
  run.notes = noted(run.notes, { at: turn.context.now, ...body });
  touch(turn, run);
}

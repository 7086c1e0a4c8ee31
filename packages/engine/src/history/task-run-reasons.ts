import { isTerminal, type ExecutionRow, type TaskRunRow } from "../execution/execution.ts";
import type { PlanNode } from "../plan.ts";
import { branchOf } from "./branch.ts";
import { actor, type Evaluated, type TaskRunNote } from "./note.ts";
import type { Reason } from "./reason.ts";

/** One change of a task run's state. */
interface Change {
  readonly row: ExecutionRow;
  readonly run: TaskRunRow;
  readonly node: PlanNode | undefined;
  readonly position: number;
  /** What an If or a Switch read. */
  readonly values: Evaluated["values"];
}

/** Why a task run came into a state, as far as that is known. */
export function taskRunReason(change: Change): Reason | undefined {
  const { run, node, position } = change;
  const { state, date } = run.history[position]!;
  const from = run.history[position - 1]?.state;
  if (from === "PAUSED") return pauseEnded(change);
  switch (state) {
    case "SKIPPED":
      return skipped(run, node);
    case "CREATED":
      return from === "RETRYING"
        ? { code: "retry-due", text: "the date of the next attempt came" }
        : onceMore(change, date, from !== undefined);
    case "RESTARTED":
      return onceMore(change, date, true);
    case "RUNNING":
      return branched(change) ?? onceMore(change, date, from !== undefined && isTerminal(from));
    case "RETRYING":
    case "RETRIED":
      return retried(run, node, date);
    case "PAUSED":
      return { code: "pause-task", text: "it waits, and the execution with it" };
    case "KILLING":
    case "KILLED":
    case "CANCELLED":
      return undefined;
    case "FAILED":
    case "WARNING":
    case "SUCCESS":
      return position === run.history.length - 1 ? ended(change) : failedBefore(run, date);
    default:
      return undefined;
  }
}

function skipped(run: TaskRunRow, node: PlanNode | undefined): Reason {
  const note = run.notes?.findLast(({ code }) => code === "skipped") as NoteOf<"skipped"> | undefined;
  const { runIf } = node?.task ?? {};
  const { at: _at, code: _code, ...evaluated } = note ?? { at: 0, code: "skipped" };
  const condition = { ...evaluated, ...(runIf === undefined ? {} : { expression: runIf }) };
  return { code: "run-if-false", text: "its runIf does not hold", condition };
}

function retried({ notes }: TaskRunRow, node: PlanNode | undefined, date: number): Reason {
  const note = notes?.find((each) => each.code === "retry" && each.at === date) as NoteOf<"retry"> | undefined;
  if (note === undefined) return { code: "retry", text: "its attempt failed" };
  const { retry } = node ?? {};
  const limit = retry?.maxAttempts === undefined ? "" : ` of ${retry.maxAttempts}`;
  // Attempts of the execution are counted by itself.
  const which = retry?.behavior === "CREATE_NEW_EXECUTION" ? "" : ` (attempt ${note.attempt}${limit})`;
  return { code: "retry", text: `${note.error ?? "it failed"}${which}`, until: note.next };
}

function failedBefore({ notes }: TaskRunRow, date: number): Reason | undefined {
  const note = notes?.find((each) => each.code === "failed" && each.at === date) as NoteOf<"failed"> | undefined;
  return note && { code: "failed", text: note.error };
}

/** It begins, or goes on, because of what somebody did to the execution at that moment. */
function onceMore({ row }: Change, date: number, isOnceMore: boolean): Reason | undefined {
  if (!isOnceMore) return undefined;
  const note = row.notes?.find(({ at, code }) => at === date && (code === "restarted" || code === "state-changed"));
  if (note === undefined) return undefined;
  const by = actor(note);
  return note.code === "restarted"
    ? { code: "restarted", text: "the execution was restarted", ...by }
    : { code: "state-changed", text: "a task run was given another state", ...by };
}

function branched({ run, node, values }: Change): Reason | undefined {
  const branch = branchOf(run, node);
  if (branch === undefined) return undefined;
  const { expression, result, text } = branch;
  const isRead = values !== undefined && Object.keys(values).length > 0;
  return { code: "branch", text, condition: { expression, result, ...(isRead ? { values } : {}) } };
}

function pauseEnded({ run }: Change): Reason | undefined {
  const outputs = run.outputs ?? {};
  const { decision, resumed, onResume } = outputs;
  if (decision === "EXPIRED") return { code: "expired", text: "nobody reviewed it in time" };
  if (typeof decision === "string")
    return { code: "reviewed", text: `it was ${decision.toLowerCase()}`, ...actor(outputs) };
  if (typeof resumed === "object" && resumed !== null && onResume !== undefined)
    return { code: "resumed", text: "it was resumed", ...actor(resumed) };
  if (typeof resumed === "object") return { code: "pause-over", text: "its pauseDuration is over" };
  return run.error === undefined ? undefined : { code: "failed", text: run.error };
}

function ended({ run, node, row, position }: Change): Reason | undefined {
  const { date, state } = run.history[position]!;
  const changed = row.notes?.find(
    (note) => note.code === "state-changed" && note.at === date && note.taskRunId === run.id,
  );
  if (changed !== undefined) return { code: "state-changed", text: "it was given this state", ...actor(changed) };
  const allowed = run.notes?.find((note) => note.code === "allowed" && note.at === date) as
    | NoteOf<"allowed">
    | undefined;
  if (allowed !== undefined) return allowedEnd(run, allowed, state === "SUCCESS");
  if (state === "FAILED") return failed(run, node);
  if (state !== "WARNING") return undefined;
  if (run.attempts.length > 1 && run.attempts.at(-1)?.state === "SUCCESS")
    return { code: "warning-on-retry", text: `it succeeded with attempt ${run.attempts.length}` };
  return node?.task.kind === "flowable"
    ? { code: "warning-below", text: "a task below it ended with a warning" }
    : undefined;
}

function allowedEnd({ error }: TaskRunRow, { from }: NoteOf<"allowed">, isSuccess: boolean): Reason {
  const because = error === undefined ? "" : `: ${error}`;
  if (isSuccess) return { code: "warning-allowed", text: `allowWarning made a success of ${from}` };
  return { code: "failure-allowed", text: `allowFailure made a warning of the failure${because}` };
}

function failed({ error = "it failed", attempts }: TaskRunRow, node: PlanNode | undefined): Reason {
  const made = attempts.length;
  if (node?.retry === undefined || node.retry.behavior === "CREATE_NEW_EXECUTION" || made <= 1)
    return { code: "failed", text: error };
  const { maxAttempts } = node.retry;
  const limit = maxAttempts !== undefined && made >= maxAttempts ? `all ${maxAttempts} attempts` : `${made} attempts`;
  return { code: "no-attempt-left", text: `${limit} failed: ${error}` };
}

type NoteOf<Code extends TaskRunNote["code"]> = Extract<TaskRunNote, { readonly code: Code }>;

import { isTerminal, type ExecutionRow, type State, type TaskRunRow } from "../execution/execution.ts";
import { limitText } from "./limit-text.ts";
import { actor, type ExecutionNote } from "./note.ts";
import type { Reason } from "./reason.ts";

/** One change of an execution's state. */
interface Change {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
  readonly position: number;
  /** Notes that a change has told; whoever tells one adds it. */
  readonly told: Set<ExecutionNote>;
}

/** Why an execution came into a state, as far as that is known. */
export function executionReason(change: Change): Reason | undefined {
  const { row, position } = change;
  const { state, date } = row.history[position]!;
  if (position === firstOwn(row)) return created(change);
  const note = noteFor(change, state, date);
  if (note !== undefined) return noteReason(note);
  switch (state) {
    case "RUNNING":
      return begun(row, row.history[position - 1]!.state);
    case "PAUSED":
      return pausedBy(change, date);
    case "RESTARTED":
      return goneOn(change, date);
    case "RETRYING":
      return ofRun(change, date, "RETRYING", "retry", "an attempt of `%` failed and is followed by another");
    case "FAILED":
      return { code: "failed", text: (position === row.history.length - 1 ? row.error : undefined) ?? "a task failed" };
    case "RETRIED":
      return { code: "retry", text: "a new execution tries again" };
    case "WARNING":
      return ofRun(change, undefined, "WARNING", "warning-below", "`%` ended with a warning");
    case "CANCELLED":
    case "KILLED":
      return stopped(change, date);
    default:
      return undefined;
  }
}

/** Where its own history begins: one that takes another's place has the history of that before it. */
function firstOwn({ history, createdAt }: ExecutionRow): number {
  return Math.max(
    0,
    history.findIndex(({ date }) => date >= createdAt),
  );
}

/** States that a note explains when both are of the same moment. */
const EXPLAINS: Readonly<Record<ExecutionNote["code"], readonly State[]>> = {
  created: [],
  killed: ["KILLING"],
  paused: ["PAUSED"],
  resumed: ["RESTARTED"],
  restarted: ["RESTARTED"],
  replayed: ["RESTARTED"],
  "state-changed": ["RESTARTED", "SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"],
  forced: ["RUNNING", "RESTARTED"],
  unqueued: ["RUNNING", "CANCELLED", "FAILED"],
  labelled: [],
  limited: ["QUEUED", "CANCELLED", "FAILED"],
  superseded: ["KILLING", "CANCELLED"],
  sla: ["CANCELLED", "FAILED"],
  failed: ["FAILED"],
};

function noteFor({ row, told }: Change, state: State, date: number): ExecutionNote | undefined {
  const note = row.notes?.find((each) => each.at === date && EXPLAINS[each.code].includes(state) && !told.has(each));
  if (note !== undefined) told.add(note);
  return note;
}

/** What a note says by itself. */
export function noteReason(note: ExecutionNote): Reason {
  switch (note.code) {
    case "limited": {
      const { ahead, holders, window } = note;
      const queue = ahead === 0 ? "" : `, and ${ahead} waited already`;
      const reason = {
        code: window === undefined ? "limit-reached" : "quota-reached",
        text: limitText(note) + queue,
      } as const;
      return { ...reason, ...(holders.length === 0 ? {} : { executionIds: holders }) };
    }
    case "superseded":
      return { code: "superseded", text: "another execution took its place", executionIds: [note.executionId] };
    case "sla":
      return { code: "sla-violated", text: `the SLA \`${note.sla}\` is violated` };
    case "failed":
      return { code: "failed", text: note.error };
    default: {
      const { code, parent } = note;
      const text = actionText(note);
      return {
        code,
        text,
        ...actor(note),
        ...(parent === undefined ? {} : { executionIds: [parent] }),
      };
    }
  }
}

type ActionNote = Exclude<ExecutionNote, { readonly code: "limited" | "superseded" | "sla" | "failed" }>;

function actionText({ code, parent, taskRunId, removed = 0 }: ActionNote): string {
  const run = taskRunId === undefined ? "" : ` the task run ${taskRunId}`;
  switch (code) {
    case "killed":
      return parent === undefined ? "it was killed" : "the execution that waits for it was killed";
    case "restarted": {
      const gone = removed === 0 ? "" : `; ${removed} task ${removed === 1 ? "run" : "runs"} of before are gone`;
      return `${parent === undefined ? "it was restarted" : "the task that called it was restarted"}${gone}`;
    }
    case "state-changed":
      return taskRunId === undefined ? "it was given this state" : `another state was given to${run}`;
    case "replayed":
      return taskRunId === undefined ? "it replays another execution" : `it replays another execution from${run}`;
    case "forced":
      return "it was forced to run";
    case "unqueued":
      return "it was taken from the queue";
    case "created":
    case "paused":
    case "resumed":
    case "labelled":
      return TEXTS[code];
    default:
      return code satisfies never;
  }
}

const TEXTS = {
  created: "it was started",
  paused: "it was paused as a whole",
  resumed: "it was resumed",
  labelled: "its labels were changed",
} as const;

function created({ row, told }: Change): Reason {
  const note = row.notes?.find(({ code }) => code === "created" || code === "replayed");
  if (note !== undefined) told.add(note);
  const by = actor(note);
  if (row.retriesSince !== undefined && row.replayOf !== undefined)
    return { code: "retry-as-new", text: `it retries ${row.replayOf}`, executionIds: [row.replayOf] };
  if (row.replayOf !== undefined) {
    const text = row.history.some(({ state }) => state === "RESTARTED")
      ? "it goes on from a task run of"
      : "it replays";
    return { code: "replayed", text: `${text} ${row.replayOf}`, executionIds: [row.replayOf], ...by };
  }
  const { trigger, parent } = row;
  const from = row.labels.find(({ key }) => key === "system.from")?.value ?? "api";
  if (from === "subflow" && trigger !== undefined) {
    const who = parent === undefined ? {} : { executionIds: [parent.executionId] };
    const whose = parent === undefined ? "another execution" : parent.executionId;
    return { code: "called", text: `the task \`${trigger.id}\` of ${whose} started it`, ...who };
  }
  if (trigger !== undefined)
    return { code: "triggered", text: `the trigger \`${trigger.id}\` (${trigger.type.split(".").at(-1)}) started it` };
  return { code: "created", text: `it was started by the ${from === "cli" ? "command line" : "API"}`, ...by };
}

function begun({ scheduleDate, retriesSince, control, batch }: ExecutionRow, from: State): Reason | undefined {
  if (from === "QUEUED") return { code: "slot-free", text: "a slot became free" };
  if (from === "RETRYING") return { code: "retry-due", text: "the date of the next attempt came" };
  if (from === "CREATED" && control?.batch !== undefined) {
    const count = batch?.items.length ?? 1;
    return { code: "batch-begun", text: `its batch of ${count === 1 ? "one start" : `${count} starts`} began` };
  }
  const isScheduled = from === "CREATED" && scheduleDate !== undefined && retriesSince === undefined;
  return isScheduled ? { code: "date-come", text: "its scheduled date came" } : undefined;
}

function pausedBy(change: Change, date: number): Reason {
  const reason = ofRun(change, date, "PAUSED", "pause-task", "`%` began to wait");
  return reason ?? { code: "pause-task", text: "one of its tasks began to wait" };
}

/** It went on by itself: what it waited for ended then. */
function goneOn({ taskRuns }: Change, date: number): Reason | undefined {
  for (const { taskId, history, outputs } of taskRuns) {
    const wait = history.findIndex(({ state }, position) => state === "PAUSED" && history[position + 1]?.date === date);
    if (wait === -1) continue;
    const decision = outputs?.["decision"];
    if (decision === "EXPIRED") return { code: "expired", text: `nobody reviewed \`${taskId}\` in time` };
    if (typeof decision === "string") {
      const text = `\`${taskId}\` was ${decision.toLowerCase()}`;
      return { code: "reviewed", text, ...actor(outputs) };
    }
    return { code: "pause-over", text: `the time of \`${taskId}\` is over` };
  }
  return undefined;
}

/** Notes of what stopped an execution. */
const CAUSES: ReadonlySet<ExecutionNote["code"]> = new Set(["killed", "superseded", "sla", "unqueued"]);

/** Of an execution that somebody or something stopped: the note of that may be older than its end. */
function stopped({ row, told }: Change, date: number): Reason | undefined {
  const cause = row.notes?.findLast(({ code }) => CAUSES.has(code));
  if (cause?.at === date) told.add(cause);
  if (cause !== undefined) return noteReason(cause);
  return row.error === undefined ? undefined : { code: "failed", text: row.error };
}

/** A reason that names the task of a run which came into a state: at that moment, or without one at its end. */
function ofRun(
  { taskRuns }: Change,
  date: number | undefined,
  state: State,
  code: Reason["code"],
  text: string,
): Reason | undefined {
  const found = taskRuns.find(({ state: last, parent, history }) =>
    date === undefined
      ? last === state && parent === undefined && isTerminal(last)
      : history.some((change) => change.state === state && change.date === date),
  );
  return found === undefined ? undefined : { code, text: text.replace("%", found.taskId) };
}

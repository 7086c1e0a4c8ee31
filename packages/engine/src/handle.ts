import { awaitsErrors, forgetErrors } from "./blocks/between-attempts.ts";
import { proceed, startLanes } from "./blocks/block.ts";
import { isGathering } from "./execution/batch.ts";
import { isTerminal, isYetToRun } from "./execution/execution.ts";
import { limitText } from "./history/limit-text.ts";
import { actor, noteExecution } from "./history/note.ts";
import { flowableOf } from "./flowables/registry.ts";
import { filesRefused, filesStored } from "./flowables/loop.ts";
import { decideRun } from "./flowables/approval.ts";
import { resumeRun } from "./flowables/pause.ts";
import { goOn } from "./flowables/pausing.ts";
import { stopAll } from "./endings/kill.ts";
import type { LiveExecution, LiveRun } from "./execution/live.ts";
import { recover, taskLost } from "./recovery/recover.ts";
import { assignAttempt, attemptEnded, leavePause, startAttempt } from "./blocks/run.ts";
import { forgetItsTime, waitsForItsTime } from "./execution/schedule-date.ts";
import { watchDurations } from "./endings/sla.ts";
import { log, setExecutionState, setLabels, setRunState } from "./execution/states.ts";
import { linesRead } from "./children/for-each-item.ts";
import { childCreated, childEnded, childRefused } from "./children/subflow.ts";
import { groupChildEnded, groupEnded } from "./blocks/group.ts";
import { endUnstorable } from "./endings/unstorable.ts";
import type { Event, Turn } from "./turn.ts";

/** Takes an event in: what it changes at once, and what it puts on the agenda. */
export function handle(turn: Turn, event: Event): void {
  const { execution } = turn;
  switch (event.type) {
    case "start":
      return start(turn, event);
    case "start-added":
      if (isGathering(execution.state, execution.fixed.control)) execution.batch?.items.push(event.item);
      return undefined;
    case "recover":
      return recover(turn);
    case "unstorable":
      return endUnstorable(turn, event);
    case "task-started":
      return withRun(execution, event.run, (run) => {
        if (run.state === "SUBMITTED") startAttempt(asOf(turn, event.at), run);
      });
    case "task-assigned":
      return withRun(execution, event.run, (run) => assignAttempt(turn, run, event.workerId));
    case "task-lost":
      return withRun(execution, event.run, (run) => taskLost(turn, run));
    case "task-ended":
      return withRun(execution, event.run, (run) => taskEnded(turn, run, event.outcome));
    case "group-child-ended":
      return withRun(execution, event.run, (run) => groupChildEnded(turn, run, event));
    case "available":
      return available(turn, event.suspension);
    case "timer":
      return timer(turn, event.key);
    case "start-lanes":
      return withRun(execution, event.run, (run) => {
        if (run.block !== undefined) startLanes(turn, run.block);
      });
    case "child-created":
      return withRun(execution, event.run, (run) => childCreated(turn, run, event.iteration));
    case "child-refused":
      return withRun(execution, event.run, (run) => childRefused(turn, run, event.iteration, event.message));
    case "child-ended":
      return withRun(execution, event.run, (run) => childEnded(turn, run, event.end));
    case "lines-read":
      return withRun(execution, event.run, (run) => linesRead(turn, run, event.lines));
    case "files-stored":
      return withRun(execution, event.run, (run) => {
        if (event.error === undefined) filesStored(turn, run, event.uris);
        else filesRefused(turn, run, event.error);
      });
    case "kill":
      return kill(turn, event);
    case "pause":
      return pause(turn, event);
    case "resume":
      return resume(turn, event);
    case "decide":
      return withRun(execution, event.run, (run) => decideRun(turn, run, event));
    case "dequeue":
      return dequeue(turn, event);
    case "limited":
      if (execution.state === "QUEUED") noteExecution(turn, { code: "limited", ...event.limit });
      return undefined;
    case "set-labels":
      return setLabels(turn, event.labels);
    default:
      return event satisfies never;
  }
}

function start(turn: Turn, { admission, reason, limit, isDue }: Extract<Event, { type: "start" }>): void {
  const { execution } = turn;
  execution.dirty = true;
  if (!isYetToRun(execution)) return;
  if (isDue === true) forgetItsTime(turn);
  else if (waitsForItsTime(turn)) return;
  if (limit !== undefined) noteExecution(turn, { code: "limited", ...limit });
  switch (admission) {
    case "RUN":
      return run(turn);
    case "QUEUE":
      return setExecutionState(turn, "QUEUED");
    // With the task runs that it already has.
    case "CANCEL":
      return stopAll(turn, "CANCELLED");
    case "FAIL":
      return refuse(turn, reason ?? (limit === undefined ? "no more executions may run" : limitText(limit)));
    default:
      return admission satisfies never;
  }
}

/** It fails before it runs. */
function refuse(turn: Turn, reason: string): void {
  turn.execution.error = reason;
  log(turn, undefined, "ERROR", reason);
  stopAll(turn, "FAILED");
}

/** Starts the tasks of an execution that has not started, or goes on with those that it has, or took over. */
function run(turn: Turn): void {
  const { execution } = turn;
  const goesOn = execution.runs.size > 0;
  if (goesOn && !isRestarted(execution)) setExecutionState(turn, "RESTARTED");
  setExecutionState(turn, "RUNNING");
  if (goesOn) {
    recover(turn);
    return;
  }
  watchDurations(turn);
  proceed(turn, execution.root);
}

/** Whether it went on after its end and runs no more since; also when it waits for its slot then. */
export function isRestarted({ history }: LiveExecution): boolean {
  return history.findLast(({ state }) => state !== "QUEUED")?.state === "RESTARTED";
}

function taskEnded(turn: Turn, run: LiveRun, outcome: Parameters<typeof attemptEnded>[2]): void {
  if (run.state === "SUBMITTED") startAttempt(turn, run);
  if (run.block !== undefined) groupEnded(turn, run, outcome);
  else if (run.state === "KILLING") {
    attemptEnded(turn, run, { ...outcome, state: outcome.state === "FAILED" ? "KILLED" : outcome.state });
  } else attemptEnded(turn, run, outcome);
}

function available(turn: Turn, suspension: number): void {
  const waiting = turn.execution.suspended.get(suspension);
  if (waiting === undefined) return;
  turn.execution.suspended.delete(suspension);
  turn.agenda.push({ do: "again", suspended: waiting });
}

/** Keys: `schedule`, `sla:<id>`, `retry:<run>`, `task:<run>:<key of the flowable>`. */
function timer(turn: Turn, key: string): void {
  const { execution } = turn;
  const [kind, second = "", third = ""] = key.split(":");
  if (kind === "schedule" && execution.state === "CREATED") turn.effects.push({ type: "admit" });
  else if (kind === "sla") watchDurations(turn);
  else if (kind === "retry") withRun(execution, Number(second), (target) => retry(turn, target));
  else if (kind === "task")
    withRun(execution, Number(second), (target) => {
      if (execution.stopping === undefined) flowableOf(target.node.task.type)?.timer?.(turn, target, third);
    });
}

function retry(turn: Turn, target: LiveRun): void {
  if (target.state !== "RETRYING" || awaitsErrors(turn, target)) return;
  const { execution } = turn;
  forgetErrors(turn, target);
  leavePause(execution, target);
  setRunState(turn, target, "CREATED");
  if (execution.retryingRuns === 0 && execution.state === "RETRYING") setExecutionState(turn, "RUNNING");
  turn.agenda.push({ do: "enter", run: target });
}

function kill(turn: Turn, event: Extract<Event, { type: "kill" }>): void {
  const { cascade, parent, supersededBy } = event;
  const { stopping, verdict } = turn.execution;
  const isKilledAlready = turn.execution.state === "KILLING" || (stopping !== undefined && verdict === undefined);
  if (!isKilledAlready && !turn.execution.settled) {
    if (supersededBy !== undefined) noteExecution(turn, { code: "superseded", executionId: supersededBy });
    else noteExecution(turn, { code: "killed", ...actor(event), ...(parent === undefined ? {} : { parent }) });
  }
  stopAll(turn, "KILLED", cascade);
}

function pause(turn: Turn, event: Extract<Event, { type: "pause" }>): void {
  const { execution } = turn;
  if (!isPausable(execution)) return;
  noteExecution(turn, { code: "paused", ...actor(event) });
  execution.paused = true;
  setExecutionState(turn, "PAUSED");
}

/** What waits for its slot or its date does not run, so that there is nothing to pause. */
export function isPausable({ state, stopping }: LiveExecution): boolean {
  return stopping === undefined && (state === "RUNNING" || state === "RETRYING");
}

function resume(turn: Turn, event: Extract<Event, { type: "resume" }>): void {
  const { execution } = turn;
  noteExecution(turn, { code: "resumed", ...actor(event) });
  execution.paused = false;
  const resumption = { state: "SUCCESS", by: event.by, inputs: event.inputs ?? {} } as const;
  for (const candidate of execution.runs.values()) {
    if (event.run === undefined || event.run === candidate.index) resumeRun(turn, candidate, resumption);
  }
  goOn(turn);
}

function dequeue(turn: Turn, event: Extract<Event, { type: "dequeue" }>): void {
  const { state, action, supersededBy, limit } = event;
  const { execution } = turn;
  if (execution.state !== "QUEUED" && !isYetToRun(execution)) return;
  if (action !== undefined) noteExecution(turn, { code: action, ...actor(event) });
  if (supersededBy !== undefined) noteExecution(turn, { code: "superseded", executionId: supersededBy });
  if (limit !== undefined) noteExecution(turn, { code: "limited", ...limit });
  if (state === "RUNNING") run(turn);
  else if (state === "FAILED" && limit !== undefined) refuse(turn, limitText(limit));
  else stopAll(turn, state);
}

function withRun(execution: LiveExecution, index: number, action: (run: LiveRun) => void): void {
  const run = execution.runs.get(index);
  if (run !== undefined && !isTerminal(run.state)) action(run);
}

/** The turn at an earlier moment. */
function asOf(turn: Turn, at: number | undefined): Turn {
  return at === undefined ? turn : { ...turn, context: { ...turn.context, now: at } };
}

/**
 * What an execution that has not ended waits for, told from its rows alone: whoever reads the store can say it. The wait of an
 * execution is that of its open task runs without open ones below them, or its own where it has none.
 */
import { APPROVAL, parseDuration } from "@capstan/model";
import { isTerminal, type ExecutionRow, type TaskRunRow } from "../execution/execution.ts";
import { ITEMS_TYPE, PAUSE, type Plan, type PlanNode, WORKING_DIRECTORY } from "../plan.ts";
import { lastLimit, limitText } from "./limit-text.ts";
import { workerOf } from "../blocks/run.ts";
import { nameOfTarget, targetOf, type WorkerTarget } from "../blocks/worker-target.ts";
import type { Evaluated } from "./note.ts";

/** Every kind of wait, with what it is; the reference is made of it. */
export const WAIT_KINDS = {
  job: "a worker has an attempt of a task, or is to get it",
  timer: "a date: of the next attempt or round, of the end of a pause, of the start",
  child: "executions that a task created",
  slot: "a place among those that a concurrency limit or a quota lets run",
  person: "somebody who resumes, approves or denies",
  pause: "the end of a pause of the execution",
  "task-run": "other task runs of the execution",
  value: "a value or a file that an expression or a task asked for, or the next turn of the executor",
} as const;

export type WaitKind = keyof typeof WAIT_KINDS;

/** One thing that an execution waits for. */
export interface Wait {
  readonly kind: WaitKind;
  /** Absent where the execution as a whole waits. */
  readonly taskRun?: TaskRunRow;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Epoch milliseconds of the date that ends it, if there is one. */
  readonly until?: number;
  /** What is waited for, and what makes it go on; each a clause without a capital and a full stop. */
  readonly text: string;
  readonly goesOn: string;
  /** Which workers may take the job; absent for those of the default group. */
  readonly target?: WorkerTarget;
  /** The worker of another process that has the job. */
  readonly workerId?: string;
  /** Executions that are waited for. */
  readonly executionIds?: readonly string[];
  /** A condition that did not hold yet. */
  readonly condition?: Evaluated & { readonly expression?: string };
}

/** Everything an execution waits for, in the order of its task runs; nothing once it has ended. `plan` when its flow is known. */
export function waitsOf(row: ExecutionRow, taskRuns: readonly TaskRunRow[], plan?: Plan): readonly Wait[] {
  const own = isTerminal(row.state) ? undefined : waitBeforeItRuns(row);
  if (own !== undefined) return [own];
  const open = taskRuns.filter(({ state }) => !isTerminal(state));
  const parents = new Set(open.map(({ parent }) => parent));
  const leaves = open.filter(({ index }) => !parents.has(index));
  const waits = leaves.map((run) => waitOfRun(row, run, plan?.nodes.get(run.taskId)));
  if (isTerminal(row.state)) return waits;
  const isPausedAsAWhole = row.state === "PAUSED" && !open.some(({ state }) => state === "PAUSED");
  if (isPausedAsAWhole) return [pausedByPerson(row), ...waits.filter(({ kind }) => kind !== "pause")];
  return waits.length > 0 ? waits : [endOfExecution(row)];
}

/** Of one that has begun no task run, or is not to go on with them yet. */
function waitBeforeItRuns(row: ExecutionRow): Wait | undefined {
  const since = sinceOf(row);
  switch (row.state) {
    case "QUEUED":
      return queued(row, since);
    case "CREATED":
      return beforeItsDate(row, since);
    case "RESTARTED":
      return { kind: "value", since, text: "its next turn", goesOn: "the executor comes to it" };
    default:
      return undefined;
  }
}

function beforeItsDate({ scheduleDate: until, control }: ExecutionRow, since: number): Wait {
  if (until === undefined) return { kind: "value", since, text: "its first turn", goesOn: "the executor comes to it" };
  if (control?.batch !== undefined) {
    const text = "the end of its batch: until then, other starts are added to it";
    return { kind: "timer", since, until, text, goesOn: "it is full, or its time is over" };
  }
  if (control?.debounce === undefined)
    return { kind: "timer", since, until, text: "its date", goesOn: "the date comes" };
  const text = "the end of its debounce: until then, another execution takes its place";
  return { kind: "timer", since, until, text, goesOn: "its time is over" };
}

/** By the limit that it came to last. */
function queued(row: ExecutionRow, since: number): Wait {
  const limit = lastLimit(row);
  if (limit?.window !== undefined) {
    const until = limit.window.endsAt;
    const text = `the next time of a quota: ${limitText(limit)}`;
    return { kind: "slot", since, until, text, goesOn: "that time begins, or somebody forces it to run" };
  }
  const text = `a slot: ${limit === undefined ? "as many executions run as its limit allows" : limitText(limit)}`;
  return { kind: "slot", since, text, goesOn: "one of those that run ends, or somebody forces it to run" };
}

function pausedByPerson(row: ExecutionRow): Wait {
  const text = "somebody to resume it: it was paused as a whole";
  return { kind: "person", since: sinceOf(row), text, goesOn: "somebody resumes it" };
}

function endOfExecution(row: ExecutionRow): Wait {
  const text = "a value that the outputs or conditions of its flow ask for";
  return { kind: "value", since: sinceOf(row), text, goesOn: "the value is there" };
}

function waitOfRun(row: ExecutionRow, run: TaskRunRow, node: PlanNode | undefined): Wait {
  const base = { taskRun: run, since: sinceOf(run) };
  switch (run.state) {
    case "SUBMITTED":
      return submittedRun(base);
    case "KILLING":
      return { ...base, kind: "job", text: "what runs for it to stop", goesOn: "that has stopped" };
    case "PAUSED":
      return pausedRun(base, node);
    case "RETRYING":
      return retryingRun(base);
    case "CREATED":
    case "RESTARTED":
      return row.state === "PAUSED"
        ? { ...base, kind: "pause", text: "the end of the pause", goesOn: "the execution is resumed" }
        : { ...base, kind: "value", text: "a value that its expressions ask for", goesOn: "the value is there" };
    default:
      return runningRun(base, node);
  }
}

interface Base {
  readonly taskRun: TaskRunRow;
  readonly since: number;
}

function submittedRun(base: Base): Wait {
  const target = targetOf(base.taskRun);
  const worker = workerIdOf(base.taskRun);
  if (worker.workerId !== undefined)
    return { ...base, ...worker, kind: "job", text: "its worker to begin its job", goesOn: "that has a place for it" };
  const whose = target === undefined ? "" : ` of ${nameOfTarget(target)}`;
  return {
    ...base,
    ...(target === undefined ? {} : { target }),
    kind: "job",
    text: `a worker${whose} to take its job`,
    goesOn: `a worker${whose} has a place for it`,
  };
}

function workerIdOf(run: TaskRunRow): { readonly workerId?: string } {
  const workerId = workerOf(run);
  return workerId === undefined ? {} : { workerId };
}

function pausedRun(base: Base, node: PlanNode | undefined): Wait {
  const { taskRun } = base;
  if (node?.task.type === APPROVAL) {
    const due = taskRun.outputs?.["due"];
    const until = typeof due === "string" ? { until: Temporal.Instant.from(due).epochMilliseconds } : {};
    const goesOn = "somebody approves or denies it" + ("until" in until ? ", or it expires" : "");
    return { ...base, ...until, kind: "person", text: "a review", goesOn };
  }
  const { until } = (taskRun.memory ?? {}) as { readonly until?: number };
  if (until === undefined)
    return { ...base, kind: "person", text: "somebody to resume it", goesOn: "somebody resumes it" };
  const hasDuration = node?.task.type === PAUSE && hasPauseDuration(node);
  return hasDuration
    ? { ...base, until, kind: "timer", text: "its pauseDuration", goesOn: "its time is over, or somebody resumes it" }
    : { ...base, until, kind: "person", text: "somebody to resume it", goesOn: "somebody does, before its timeout" };
}

function hasPauseDuration({ task: { properties } }: PlanNode): boolean {
  return (properties["pauseDuration"] ?? properties["delay"]) !== undefined;
}

function retryingRun(base: Base): Wait {
  const { retryAt, awaitsErrors } = (base.taskRun.memory ?? {}) as { retryAt?: number; awaitsErrors?: boolean };
  if (awaitsErrors === true)
    return { ...base, kind: "task-run", text: "the errors tasks of its block", goesOn: "they have ended" };
  const until = retryAt === undefined ? {} : { until: retryAt };
  return { ...base, ...until, kind: "timer", text: "its next attempt", goesOn: "its date comes" };
}

function runningRun(base: Base, node: PlanNode | undefined): Wait {
  if (node === undefined) return jobOf(base, undefined);
  const { kind, type } = node.task;
  switch (kind) {
    case "executable":
      return childrenOf(base, type === ITEMS_TYPE);
    case "flowable":
    case "updating": {
      const isWithWorker = type === WORKING_DIRECTORY && hasOpenAttempt(base.taskRun);
      return isWithWorker ? jobOf(base, node) : betweenChildren(base, node);
    }
    case "runnable":
      return jobOf(base, node);
    default:
      return kind satisfies never;
  }
}

function jobOf(base: Base, node: PlanNode | undefined): Wait {
  const attempt = Math.max(1, base.taskRun.attempts.length);
  const began = base.taskRun.attempts.at(-1)?.history[0]?.date ?? base.since;
  const limitMs = node?.task.timeout === undefined ? undefined : parseDuration(node.task.timeout);
  return {
    ...base,
    ...workerIdOf(base.taskRun),
    kind: "job",
    ...(limitMs === undefined ? {} : { until: began + limitMs }),
    text: attempt === 1 ? "its job, which a worker runs" : `attempt ${attempt} of its job, which a worker runs`,
    goesOn: limitMs === undefined ? "the job ends" : "the job ends, or its timeout is over",
  };
}

function childrenOf(base: Base, isItems: boolean): Wait {
  const { lines, executionId } = (base.taskRun.memory ?? {}) as {
    readonly lines?: number;
    readonly executionId?: string;
  };
  if (!isItems) {
    const ids = executionId === undefined ? {} : { executionIds: [executionId] };
    return {
      ...base,
      ...ids,
      kind: "child",
      text: `the subflow ${executionId ?? "that it asked for"}`,
      goesOn: "it ends",
    };
  }
  if (lines === undefined)
    return { ...base, kind: "value", text: "the list of its batches", goesOn: "the list is read" };
  const text = lines === 1 ? "the subflow of its only batch" : `the subflows of its ${lines} batches`;
  return { ...base, kind: "child", text, goesOn: "all of them have ended" };
}

/** A flowable that nothing runs below: it waits for its next round, or renders what it needs. */
function betweenChildren(base: Base, node: PlanNode): Wait {
  const { roundAt, asked } = (base.taskRun.memory ?? {}) as { readonly roundAt?: number; readonly asked?: Evaluated };
  if (roundAt === undefined)
    return { ...base, kind: "value", text: "a value or a file that it asked for", goesOn: "that is there" };
  const { condition: expression } = node.task.properties;
  const condition = { ...asked, ...(typeof expression === "string" ? { expression } : {}) };
  const text = "its next round, as its condition did not hold";
  return { ...base, kind: "timer", until: roundAt, text, goesOn: "its date comes", condition };
}

function hasOpenAttempt({ attempts }: TaskRunRow): boolean {
  const last = attempts.at(-1);
  return last !== undefined && !isTerminal(last.state);
}

function sinceOf({ history }: Pick<TaskRunRow, "history">): number {
  return history.at(-1)?.date ?? 0;
}

import type { Environment, Memo, Place } from "@capstan/expression";
import type { JsonMap, LogLevel } from "@capstan/model";
import type { BatchItem, Label, State } from "./execution/execution.ts";
import type { LimitReached } from "./history/note.ts";
import type { LiveExecution, LiveRun, Step } from "./execution/live.ts";
import type { WorkerTarget } from "./blocks/worker-target.ts";

/** What the engine is given besides the execution and the event: everything impure. */
export interface EngineContext {
  /** Epoch milliseconds; the same for the whole turn. */
  readonly now: number;
  readonly newId: () => string;
  /** Functions, clock and randomness for expressions; `memo` holds what was awaited for this task run. */
  readonly environment: (execution: LiveExecution, run: LiveRun | undefined, memo: Memo) => Environment;
  /** Roots that the server provides: `envs`, `globals`, `kestra`. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Which workers run the tasks of a namespace that name none; absent where groups don't count, since only the server runs tasks. */
  readonly workerTarget?: ((execution: LiveExecution) => WorkerTarget | undefined) | undefined;
}

/** How an attempt of a runnable task ended. */
export interface Outcome {
  readonly state: "SUCCESS" | "WARNING" | "FAILED" | "KILLED";
  readonly outputs?: JsonMap;
  /** Storage URI of the attempt's log, when it went to a file. */
  readonly logFile?: string;
  readonly error?: { readonly message: string; readonly stack?: string };
}

/** How a child of a WorkingDirectory ended: an attempt's outcome, or SKIPPED because of its `runIf`. */
export interface ChildOutcome extends Omit<Outcome, "state"> {
  readonly state: Outcome["state"] | "SKIPPED";
  /** Earlier attempts that failed and were tried again. */
  readonly failedAttempts?: readonly { readonly startedAt: number; readonly endedAt: number }[];
}

/** How an execution that a task run waits for ended. */
export interface ChildEnd {
  readonly executionId: string;
  /** First execution of its chain, when it was retried with a new one. */
  readonly originalId?: string;
  readonly state: State;
  readonly outputs?: JsonMap;
  /** Which of its outputs are floats. */
  readonly floats?: readonly Place[];
  /** Why the execution failed. */
  readonly cause?: string;
  /** Why the waiting task fails although the child may have succeeded. */
  readonly error?: string;
  /** Which batch of a ForEachItem. */
  readonly iteration?: number;
}

/** What can happen to an execution. Task runs are named by index; events for runs that have ended are ignored. */
export type Event =
  /**
   * `reason` tells why it is refused when that is not the flow's concurrency limit; `limit` is that, when it counts. `isDue`: it
   * does not wait for its date.
   */
  | {
      readonly type: "start";
      readonly admission: Admission;
      readonly reason?: string;
      readonly limit?: LimitReached;
      readonly isDue?: boolean;
    }
  /** Another start that an execution takes, while it is CREATED; ignored afterwards. */
  | { readonly type: "start-added"; readonly item: BatchItem }
  /** After a restart of the process: go on with what was going on. */
  | { readonly type: "recover" }
  /**
   * The store refuses for good what the execution came to; it was brought back as the store has it. `isLast`: what would run
   * after the end was refused as well.
   */
  | { readonly type: "unstorable"; readonly reason: string; readonly isLast: boolean }
  /** A worker of another process is to get the job of a task run. */
  | { readonly type: "task-assigned"; readonly run: number; readonly workerId: string }
  /** The worker that had the attempt is gone: the job is given out again. */
  | { readonly type: "task-lost"; readonly run: number }
  /** `at`: when it did, if it is told later; epoch milliseconds. */
  | { readonly type: "task-started"; readonly run: number; readonly at?: number }
  | { readonly type: "task-ended"; readonly run: number; readonly outcome: Outcome }
  /** WorkingDirectory: a child of the group ended. */
  | {
      readonly type: "group-child-ended";
      readonly run: number;
      readonly taskId: string;
      /** The id that the worker already used for its files and logs. */
      readonly taskRunId?: string;
      readonly startedAt: number;
      readonly outcome: ChildOutcome;
    }
  /** What step `suspension` waited for is there. */
  | { readonly type: "available"; readonly suspension: number }
  | { readonly type: "timer"; readonly key: string }
  /** The turn that a `start-lanes` effect asked for. */
  | { readonly type: "start-lanes"; readonly run: number }
  /** The child execution exists. */
  | { readonly type: "child-created"; readonly run: number; readonly iteration?: number }
  /** The child execution can't be created (missing flow, invalid inputs, …). */
  | { readonly type: "child-refused"; readonly run: number; readonly iteration?: number; readonly message: string }
  | { readonly type: "child-ended"; readonly run: number; readonly end: ChildEnd }
  /** ForEachItem: the addresses of the batches that its split made. */
  | { readonly type: "lines-read"; readonly run: number; readonly lines: readonly string[] }
  /** The files that a `store-files` effect asked for are stored; `error` tells why they can't be. */
  | { readonly type: "files-stored"; readonly run: number; readonly uris: readonly string[]; readonly error?: string }
  /**
   * Without `cascade`, or with true, executions that it created and waits for are killed as well. `parent` is the execution
   * that was killed before.
   */
  | {
      readonly type: "kill";
      readonly cascade?: boolean;
      readonly by?: string;
      readonly parent?: string;
      /** The execution that takes its place. */
      readonly supersededBy?: string;
    }
  | { readonly type: "pause"; readonly by?: string }
  /** Without `run`, every paused task run and the execution itself. */
  | { readonly type: "resume"; readonly run?: number; readonly inputs?: JsonMap; readonly by?: string }
  /** A reviewer decided about an Approval. */
  | ({ readonly type: "decide"; readonly run: number } & Review)
  /** A queued execution got its slot, or a person forced or cancelled it. */
  | {
      readonly type: "dequeue";
      readonly state: "RUNNING" | "CANCELLED" | "FAILED";
      /** Absent when its slot came to it. */
      readonly action?: "forced" | "unqueued";
      readonly by?: string;
      /** The execution that takes its place. */
      readonly supersededBy?: string;
      /** The next limit, which refuses it. */
      readonly limit?: LimitReached;
    }
  /** A queued execution got past one limit, and waits for another. */
  | { readonly type: "limited"; readonly limit: LimitReached }
  | { readonly type: "set-labels"; readonly labels: readonly Label[] };

/** What a reviewer says to an Approval. */
export interface Review {
  readonly decision: "APPROVED" | "DENIED";
  readonly inputs: JsonMap;
  readonly comment?: string;
  readonly by?: string;
}

/** Whether a new execution may run; decided by the owner of the limits. */
export type Admission = "RUN" | "QUEUE" | "CANCEL" | "FAIL";

/** Work for the outside, to be released once the transitions of the turn are durable. */
export type Effect =
  /** `target`: which workers may run it; absent for the default group. */
  | { readonly type: "run-task"; readonly run: LiveRun; readonly attempt: number; readonly target?: WorkerTarget }
  /** The worker that was chosen for a job is on record, and may get it. */
  | { readonly type: "hand-over"; readonly run: LiveRun; readonly attempt: number; readonly workerId: string }
  /** By its row a worker of another process has the job, and may go on with it. */
  | {
      readonly type: "expect-worker";
      readonly run: LiveRun;
      readonly attempt: number;
      readonly workerId: string;
      readonly target?: WorkerTarget;
    }
  /** `attempt` as it was given out. */
  | { readonly type: "kill-task"; readonly run: LiveRun; readonly attempt: number }
  | { readonly type: "create-child"; readonly request: ChildRequest }
  | { readonly type: "kill-child"; readonly run: LiveRun; readonly executionId: string }
  /** Asks how a child is that may have been created before a crash, without creating it. */
  | { readonly type: "find-child"; readonly run: LiveRun; readonly executionId: string; readonly iteration?: number }
  | { readonly type: "read-lines"; readonly run: LiveRun; readonly uri: string }
  /** Files of the task run, to be stored under these names; the same again replaces them. */
  | {
      readonly type: "store-files";
      readonly run: LiveRun;
      readonly files: readonly { readonly name: string; readonly content: string }[];
    }
  | { readonly type: "set-timer"; readonly key: string; readonly at: number }
  | { readonly type: "clear-timer"; readonly key: string }
  | {
      readonly type: "log";
      readonly run: LiveRun | undefined;
      readonly level: LogLevel;
      readonly message: string;
    }
  /** The children of this run are more than one turn should start: it wants another turn, after the events that wait. */
  | { readonly type: "start-lanes"; readonly run: LiveRun }
  | { readonly type: "await"; readonly suspension: number; readonly ready: Promise<unknown> }
  /** The execution's state changed, `position` in its history; Flow triggers look at it. A turn may change it several times. */
  | { readonly type: "state-changed"; readonly state: State; readonly position: number }
  /** Its scheduled time has come: it is to be started if the flow's concurrency limit allows. */
  | { readonly type: "admit" }
  /** The execution is in a terminal state: its parent is to be told, its slot is free. */
  | { readonly type: "ended"; readonly state: State }
  /** Nothing is left to do: the execution can leave the memory. */
  | { readonly type: "settled" }
  /** Retry with a new execution, at that time: replay this one from that task run. */
  | { readonly type: "replay"; readonly run: LiveRun; readonly at: number };

export interface ChildRequest {
  /** Chosen by the engine, so that a repeated request can't create a second one. */
  readonly executionId: string;
  /** When it exists and did not succeed, it is restarted: once for each attempt of the run. */
  readonly restart: boolean;
  readonly run: LiveRun;
  readonly attempt: number;
  readonly iteration?: number;
  readonly namespace: string;
  readonly flowId: string;
  readonly revision?: number;
  readonly inputs: JsonMap;
  readonly labels: readonly Label[];
  readonly inheritLabels: boolean;
  /** Whether the run waits for the end. */
  readonly wait: boolean;
  readonly scheduleDate?: number;
  readonly triggerType: string;
  /** What `trigger` shows in the child. */
  readonly variables: JsonMap;
}

/** One call of `advance`. */
export interface Turn {
  readonly execution: LiveExecution;
  readonly context: EngineContext;
  readonly effects: Effect[];
  /** Steps still to do; taken from the end, so what a step adds is done before its neighbours. */
  readonly agenda: Step[];
}

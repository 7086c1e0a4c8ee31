import type { JsonMap, State } from "@capstan/model";
import type { ExecutionNote, TaskRunNote } from "../history/note.ts";

/** States that an execution is in which has not ended. */
export const OPEN_STATES: readonly State[] = [
  "CREATED",
  "RUNNING",
  "PAUSED",
  "RESTARTED",
  "KILLING",
  "QUEUED",
  "RETRYING",
];

/** One entry of a state history; `date` in epoch milliseconds. */
export interface StateChange {
  readonly state: State;
  readonly date: number;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}

/** What started an execution: a trigger, or the Subflow task of a parent. `variables` is what `trigger` shows. */
export interface ExecutionTrigger {
  readonly id: string;
  readonly type: string;
  readonly variables: JsonMap;
}

/** The task run of another execution that waits for this one. */
export interface ParentLink {
  readonly executionId: string;
  /** Index of the waiting task run. */
  readonly taskRun: number;
  /** ForEachItem: which batch, from 0. */
  readonly iteration?: number;
  /** How many executions wait above this one, each for the next; absent for the one that a single parent waits for. */
  readonly depth?: number;
}

/** The durable row of an execution: everything but its task runs. */
export interface ExecutionRow {
  readonly tenant: string;
  readonly id: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly state: State;
  readonly history: readonly StateChange[];
  readonly kind: ExecutionKind;
  readonly labels: readonly Label[];
  readonly inputs: JsonMap;
  readonly variables: JsonMap;
  /** Rendered flow outputs, once the execution ended. */
  readonly outputs?: JsonMap;
  readonly trigger?: ExecutionTrigger;
  readonly parent?: ParentLink;
  /** The attempt of another execution's task run that created it, or for which it went on last: it does so once for each. */
  readonly callerAttempt?: number;
  /** How many executions led to this one, each starting the next by a task or a Flow trigger; absent when none did. */
  readonly generation?: number;
  /** First execution of a chain of replays; own id otherwise. */
  readonly originalId: string;
  /** Id of the execution that this one replays or retries; absent in the first of a chain. */
  readonly replayOf?: string;
  /** From 1; grows with restarts, replays, new-execution retries and task runs that are given another state. */
  readonly attemptNumber: number;
  /** Epoch milliseconds of creation of the execution that this one, or the one it retries, retries. */
  readonly retriesSince?: number;
  /** Epoch milliseconds before which the execution does not start. */
  readonly scheduleDate?: number;
  /** What decides which limits it comes to, and when its turn is; absent for most. */
  readonly control?: ExecutionControl;
  /** The starts that it took together, once none is added any more; absent where it started alone. */
  readonly batch?: { readonly items: readonly BatchItem[] };
  /** Epoch milliseconds of creation. */
  readonly createdAt: number;
  /** Why it failed, in one line: the task run that failed first, or what befell the execution as a whole. */
  readonly error?: string;
  /** Ids of SLAs that were violated, in their order. */
  readonly violatedSlas?: readonly string[];
  /** What its states do not tell: who did something to it, which limit it came to; absent for most. */
  readonly notes?: readonly ExecutionNote[];
}

/** What the flow control of an execution depends on, found once when it was created. */
export interface ExecutionControl {
  /** Of two that wait, the one with more goes first; 0 when absent. */
  readonly priority?: number;
  /** What the keys of limits are for it, by their expressions. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Others that follow it closely take its place. */
  readonly debounce?: {
    /** The text of the key; absent where there is none. */
    readonly key?: string;
    /** Epoch milliseconds of the first of those whose place it took, or its own. */
    readonly since: number;
  };
  /** Other starts are added to it while it is CREATED. */
  readonly batch?: {
    /** The text of the key; absent where there is none. */
    readonly key?: string;
  };
}

/** One of several starts that an execution takes together. */
export interface BatchItem {
  /** The id of an execution that it would have been; files of its inputs lie below it. Of the first, that of the execution. */
  readonly id: string;
  /** Epoch milliseconds at which it came. */
  readonly date: number;
  readonly inputs: JsonMap;
  /** What tells it apart from others of its flow; absent where nothing does. */
  readonly labels?: readonly Label[];
  readonly trigger?: ExecutionTrigger;
}

export type ExecutionKind = "NORMAL" | "TEST" | "PLAYGROUND";

export interface Attempt {
  readonly state: State;
  readonly history: readonly StateChange[];
  /** Storage URI, when the task logs to a file. */
  readonly logFile?: string;
  /** The worker of another process that has its job; absent where the server's own has it. */
  readonly workerId?: string;
}

/** The durable row of a task run, keyed by (tenant, executionId, index). */
export interface TaskRunRow {
  /** Order of creation within the execution, from 0; never reused. */
  readonly index: number;
  readonly id: string;
  readonly taskId: string;
  /** Index of the enclosing flowable's task run. */
  readonly parent?: number;
  readonly value?: string;
  readonly iteration?: number;
  readonly state: State;
  readonly history: readonly StateChange[];
  readonly attempts: readonly Attempt[];
  readonly outputs?: JsonMap;
  /** Why its last attempt failed, in one line that names it; of a flowable, what the task below it that failed first says. */
  readonly error?: string;
  /** What the engine must remember to go on after a restart (values of a loop, date of a retry, …). */
  readonly memory?: JsonMap;
  /** What its states do not tell: why it was skipped, or tried again; absent for most. */
  readonly notes?: readonly TaskRunNote[];
}

export { isTerminal, type JsonMap, type JsonValue, type State, STATES } from "@capstan/model";

/** Whether it is still to be decided if it may run: when it starts, and when somebody has it go on after its end. */
export function isYetToRun({ state }: { readonly state: State }): boolean {
  return state === "CREATED" || state === "RESTARTED";
}

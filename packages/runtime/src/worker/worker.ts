import type { Place } from "@capstan/expression";
import type { Input, JsonMap, JsonValue, Task, Trigger } from "@capstan/model";
import type { Metric, Services, TaskIdentity } from "@capstan/sdk";
import type { LogLine } from "@capstan/store";

/** One attempt of a runnable task, ready to run anywhere: plain data. */
export interface Job {
  /** `<tenant>/<executionId>/<taskRunId>/<attempt>`; unique for ever: an index can be taken again after a restart. */
  readonly key: string;
  readonly identity: TaskIdentity;
  readonly taskRunIndex: number;
  readonly task: Task;
  /** Roots of the scope except `outputs`: flow, execution, task, taskrun, inputs, vars, labels, trigger, parent(s), tasks, … */
  readonly variables: JsonMap;
  /** Outputs that the task's expressions are known to read, by task id; anything else is asked from the host. */
  readonly outputs: JsonMap;
  /** Where `variables` and `outputs` have floats: places that begin with one of these names. */
  readonly floats?: readonly Place[];
  /** WorkingDirectory: its runnable children, run one after the other in one folder as one job. */
  readonly group?: readonly Task[];
  /** Of two that wait, the one with more goes first; 0 when absent. */
  readonly priority?: number;
  /** Values to hide in logs and errors besides those that the attempt resolves itself: the SECRET inputs. */
  readonly secrets?: readonly string[];
}

/** One question to a polling trigger, or the listening of a realtime one, ready to run anywhere: plain data. */
export interface TriggerJob {
  /** Unique for ever. */
  readonly key: string;
  readonly identity: TriggerIdentity;
  readonly trigger: Trigger;
  /** Roots of the scope except `inputs`, which shows the defaults of the flow's inputs. */
  readonly variables: JsonMap;
  readonly inputs: readonly Input[];
  /** How far the trigger got: what its last durable event said. */
  position?: JsonValue;
}

export interface TriggerIdentity {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly triggerId: string;
  /** Of the execution that a question may start; files are stored under it. */
  readonly executionId: string;
}

/** An event: starts one execution. */
export interface TriggerFinding {
  readonly variables: JsonMap;
  /** Becomes durable with the execution. */
  readonly position?: JsonValue;
}

/** What a question came to: an event, or how far the trigger got without one. */
export type PollFinding = Partial<TriggerFinding>;

export interface JobResult {
  readonly state: "SUCCESS" | "WARNING" | "FAILED" | "KILLED";
  readonly outputs?: JsonMap;
  /** Storage URI of the log, of a task that logs to a file. */
  readonly logFile?: string;
  /** Why it failed, masked, for the log and the API. */
  readonly error?: { readonly message: string; readonly stack?: string };
}

/** The end of one child of a WorkingDirectory. */
export interface GroupChildEnd extends Omit<JobResult, "state"> {
  /** SKIPPED when its `runIf` does not hold. */
  readonly state: JobResult["state"] | "SKIPPED";
  /** Attempts that failed and were tried again, in epoch milliseconds. */
  readonly failedAttempts?: readonly { readonly startedAt: number; readonly endedAt: number }[];
  readonly taskId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** The id its files are stored under and its expressions saw; its task run should get it. */
  readonly taskRunId?: string;
}

/**
 * What the executor offers to a worker. `settled` is called once what was said is durable, or will never count: who must not lose
 * it keeps it until then, and who logs faster than that is made to wait.
 */
export interface JobHost {
  /** The attempt left the queue and runs, since `at`; epoch milliseconds. It may be said together with what follows. */
  started(key: string, at: number, settled?: () => void): void;
  /** WorkingDirectory: one child of the group ended, with all that it logged before. */
  childEnded(key: string, child: GroupChildEnd, settled?: () => void): void;
  log(key: string, taskId: string, lines: readonly LogLine[], settled?: () => void): void;
  /** Lines of a trigger, which belong to the log of its flow. */
  triggerLog(trigger: TriggerIdentity, lines: readonly LogLine[], settled?: () => void): void;
  /** Realtime triggers: resolves when the execution of an event is durable. */
  event?(key: string, event: TriggerFinding): Promise<void>;
  metrics(key: string, taskId: string, metrics: readonly Metric[], settled?: () => void): void;
  ended(key: string, result: JobResult, settled?: () => void): void;
  /** A worker that stops did not begin the job, or has cut it short: somebody else may run it. Nobody hears it where this is absent. */
  returned?(key: string): void;
  /** A value of the scope that the job did not carry, such as `["outputs", "extract"]`; undefined when not defined. */
  lookup(key: string, path: readonly string[]): Promise<unknown>;
  /** The platform's services, acting for the job's tenant and namespace. */
  services(tenant: string): Services;
}

/** Runs jobs; plugin code runs outside the thread that serves the API and the engine. */
export interface Worker {
  start(): Promise<void>;
  /** Lets running jobs end within `graceMs`, then kills them; what did not end by itself is `returned`. */
  stop(options: { readonly graceMs: number }): Promise<void>;
  submit(job: Job): void;
  /** Asks a polling trigger; the signal interrupts it. Rejects when it fails or is interrupted. */
  poll(job: TriggerJob, signal: AbortSignal): Promise<PollFinding | undefined>;
  /**
   * Runs a realtime trigger until the signal aborts or it ends by itself. Rejects when it fails. `emit` resolves when the
   * execution of the event is durable.
   */
  listen(job: TriggerJob, emit: (event: TriggerFinding) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Interrupts a job; it ends KILLED. Unknown keys are ignored. */
  kill(key: string): void;
  readonly runningCount: number;
  readonly queuedCount: number;
  /** Jobs that it runs at the same time at most; further ones wait. */
  readonly capacity: number;
}

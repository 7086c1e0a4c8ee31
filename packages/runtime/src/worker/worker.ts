import type { JsonMap, Task } from "@capstan/model";
import type { Metric, Services, TaskIdentity } from "@capstan/sdk";
import type { LogLine } from "@capstan/store";

/** One attempt of a runnable task, ready to run anywhere: plain data. */
export interface Job {
  /** `<tenant>/<executionId>/<taskRunIndex>/<attempt>`; unique for ever. */
  readonly key: string;
  readonly identity: TaskIdentity;
  readonly taskRunIndex: number;
  readonly task: Task;
  /** Roots of the scope except `outputs`: flow, execution, task, taskrun, inputs, vars, labels, trigger, parent(s), tasks, … */
  readonly variables: JsonMap;
  /** Outputs that the task's expressions are known to read, by task id; anything else is asked from the host. */
  readonly outputs: JsonMap;
  /** WorkingDirectory: its runnable children, run one after the other in one folder as one job. */
  readonly group?: readonly Task[];
  /** Values to hide in logs and errors besides those that the attempt resolves itself: the SECRET inputs. */
  readonly secrets?: readonly string[];
}

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

/** What the executor offers to a worker. */
export interface JobHost {
  /** The attempt left the queue and runs. */
  started(key: string): void;
  /** WorkingDirectory: one child of the group ended, with all that it logged before. */
  childEnded(key: string, child: GroupChildEnd): void;
  /** `settled` is called when the lines are durable, or dropped: who writes faster than that is made to wait. */
  log(key: string, taskId: string, lines: readonly LogLine[], settled?: () => void): void;
  metrics(key: string, taskId: string, metrics: readonly Metric[]): void;
  ended(key: string, result: JobResult): void;
  /** A value of the scope that the job did not carry, such as `["outputs", "extract"]`; undefined when not defined. */
  lookup(key: string, path: readonly string[]): Promise<unknown>;
  /** The platform's services, acting for the job's tenant and namespace. */
  services(tenant: string): Services;
}

/** Runs jobs; plugin code runs outside the thread that serves the API and the engine. */
export interface Worker {
  start(): Promise<void>;
  /** Lets running jobs end within `graceMs`, then kills them; killed ones are not reported. */
  stop(options: { readonly graceMs: number }): Promise<void>;
  submit(job: Job): void;
  /** Interrupts a job; it ends KILLED. Unknown keys are ignored. */
  kill(key: string): void;
  readonly runningCount: number;
  readonly queuedCount: number;
}

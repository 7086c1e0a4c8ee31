import type { TaskLogger } from "./context.ts";

/** A command for a task runner: one process in one working folder. */
export interface TaskCommand {
  /** Program and arguments; no shell is added. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * Absolute path on the worker; files are already in place, output files are left there. Expressions, variables and scripts name
   * it, so a runner that works elsewhere makes a folder of the same path there.
   */
  readonly workingDirectory: string;
  readonly containerImage?: string;
  /** Whether files that the command leaves in its folder are wanted; so they are where it is not told. */
  readonly returnsFiles?: boolean;
  /** Each whole line of output, without its end; lines over `LINE_CHARACTERS_MAX` are cut. */
  onLine(stream: "stdout" | "stderr", line: string): void;
}

export interface RunnerContext<Properties> {
  readonly properties: Properties;
  readonly log: TaskLogger;
  /**
   * Aborted on kill and timeout: the runner stops the process and everything it started. Where `isWorkerStop` tells that only the
   * worker ends, what can run without a worker may go on: who gives the attempt out again finds it by its key.
   */
  readonly signal: AbortSignal;
  readonly owner: CommandOwner;
  /** Lets output wait while whoever takes the lines is behind: asked after each chunk. */
  readonly pressure: () => Promise<void> | undefined;
}

/** A runner that a task brings along, in place of one that its author names; no option of the server replaces it. */
export type OwnRunner = (
  context: Omit<RunnerContext<never>, "properties">,
  command: TaskCommand,
) => Promise<RunnerResult>;

/** Whose command it is. */
export interface CommandOwner {
  /**
   * Unique for ever, and the same when the command is asked for again because its worker was lost: what still runs of it elsewhere
   * is found by it. Questions of triggers are never asked again.
   */
  readonly key: string;
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly triggerId?: string;
  readonly executionId?: string;
  readonly taskId?: string;
  readonly taskRunId?: string;
  readonly attempt?: number;
}

const WORKER_STOP = "WorkerStop";

/** What interrupts attempts when only their worker ends. */
export function workerStop(): Error {
  return Object.assign(new Error("the worker stops"), { name: WORKER_STOP });
}

export function isWorkerStop(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof Error && signal.reason.name === WORKER_STOP;
}

export interface RunnerResult {
  readonly exitCode: number;
  /** Set when a signal ended the process. */
  readonly signal?: string;
  /** Why it ended so, where the runner knows more than the code tells. */
  readonly reason?: string;
  /** Which runner did it, for the attempt's outputs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

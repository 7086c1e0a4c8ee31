import type { TaskLogger } from "./context.ts";

/** A command for a task runner: one process in one working folder. */
export interface TaskCommand {
  /** Program and arguments; no shell is added. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path on the worker; files are already in place, output files are left there. */
  readonly workingDirectory: string;
  readonly containerImage?: string;
  /** Each whole line of output, without its end; lines over `LINE_CHARACTERS_MAX` are cut. */
  onLine(stream: "stdout" | "stderr", line: string): void;
}

export interface RunnerContext<Properties> {
  readonly properties: Properties;
  readonly log: TaskLogger;
  /** Aborted on kill and timeout: the runner stops the process and everything it started. */
  readonly signal: AbortSignal;
}

export interface RunnerResult {
  readonly exitCode: number;
  /** Set when a signal ended the process. */
  readonly signal?: string;
  /** Which runner did it, for the attempt's outputs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

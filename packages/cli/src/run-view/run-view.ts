import type { styleText } from "node:util";
import type { ExecutionAnswer } from "@capstan/api";

export interface ShownLogLine {
  readonly level: string;
  readonly message: string;
  readonly taskId?: string | undefined;
}

/** Shows an execution while it runs. */
export interface RunView {
  update(execution: ExecutionAnswer): void;
  log(lines: readonly ShownLogLine[]): void;
  /** Says something about the showing itself, such as that a wish to stop was heard. */
  notice(text: string): void;
  /** Shows the final state; nothing may be shown after it. */
  end(execution: ExecutionAnswer): void;
  /** Leaves the output as it is when there will be no end; nothing after `end`. */
  close(): void;
}

/** Where a view writes: a terminal of some size, or a file. */
export interface ViewOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
}

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

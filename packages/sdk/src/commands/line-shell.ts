import { quoted } from "./command-line.ts";

/** What reads the lines of a task, and how it is spoken to. */
export interface LineShell {
  readonly interpreter: readonly string[];
  /** What makes it stop at the first command that fails. */
  readonly failFast: string;
  /** What stands for the file of this path in a command line. */
  quoted(path: string): string;
  /** Put before the last command, so that its process takes the place of the shell. */
  readonly takeOver?: string;
}

export const POSIX_SHELL: LineShell = { interpreter: ["/bin/sh", "-c"], failFast: "set -e", quoted, takeOver: "exec " };

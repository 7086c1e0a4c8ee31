import { appendFile } from "node:fs/promises";

/** What became of a run, one line of JSON in the file that FAULTS_REPORT names. */
export interface Report {
  readonly kind: string;
  /** How often it happened. */
  readonly times: number;
  /** Calls that were acknowledged meanwhile. */
  readonly acknowledged: number;
  /** Executions that were looked at when it was over. */
  readonly executions: number;
  readonly lost: number;
  readonly doubled: number;
  /** Those that failed as they should. */
  readonly failed: number;
  /** Commands that ran once more. */
  readonly again: number;
  /** The longest time between two calls that were acknowledged. */
  readonly longestSilenceMs: number;
}

export async function report(line: Report): Promise<void> {
  const file = process.env["FAULTS_REPORT"];
  if (file !== undefined) await appendFile(file, `${JSON.stringify(line)}\n`);
}

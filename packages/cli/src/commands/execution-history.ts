import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { historyLines } from "../explanations/format-execution.ts";
import { paintFor } from "../run-view/create-run-view.ts";
import { tellRest } from "../terminal/table.ts";

export interface ExecutionHistoryOptions extends ConnectionOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** Lists what happened to an execution, oldest first. */
export async function executionHistory(id: string, options: ExecutionHistoryOptions): Promise<number> {
  const { results, total } = await connect(options).executionHistory(id, options.limit);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results, total }, undefined, 2)}\n`);
  else {
    const lines = historyLines(results, paintFor(process.stdout), Date.now());
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    tellRest(results.length, total);
  }
  return 0;
}

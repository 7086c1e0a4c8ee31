import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formatExplanation } from "../explanations/format-execution.ts";
import { paintFor } from "../run-view/create-run-view.ts";

export interface ExecutionExplainOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** Says what an execution waits for, and why what happened did. */
export async function executionExplain(id: string, options: ExecutionExplainOptions): Promise<number> {
  const explanation = await connect(options).explainExecution(id);
  if (options.json === true) process.stdout.write(`${JSON.stringify(explanation, undefined, 2)}\n`);
  else process.stdout.write(formatExplanation(explanation, paintFor(process.stdout), Date.now()));
  return 0;
}

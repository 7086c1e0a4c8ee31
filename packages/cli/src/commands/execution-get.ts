import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formatExecution } from "../run-view/create-run-view.ts";

export interface ExecutionGetOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export async function executionGet(id: string, options: ExecutionGetOptions): Promise<number> {
  const execution = await connect(options).getExecution(id);
  if (options.json === true) process.stdout.write(`${JSON.stringify(execution, undefined, 2)}\n`);
  else process.stdout.write(formatExecution(execution, process.stdout));
  return 0;
}

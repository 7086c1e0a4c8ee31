import { connect, type ConnectionOptions } from "../api-client/connection.ts";

export async function executionRestart(id: string, options: ConnectionOptions): Promise<number> {
  const { state } = await connect(options).restartExecution(id);
  process.stdout.write(`${id} ${state.current}\n`);
  return 0;
}

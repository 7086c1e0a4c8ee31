import { connect, type ConnectionOptions } from "../connection.ts";

export async function executionRestart(id: string, options: ConnectionOptions): Promise<number> {
  const { state } = await connect(options).restartExecution(id);
  process.stdout.write(`${id} ${state.current}\n`);
  return 0;
}

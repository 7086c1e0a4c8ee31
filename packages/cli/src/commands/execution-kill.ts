import { connect, type ConnectionOptions } from "../api-client/connection.ts";

export async function executionKill(id: string, options: ConnectionOptions): Promise<number> {
  await connect(options).killExecution(id);
  process.stdout.write(`killing ${id}\n`);
  return 0;
}

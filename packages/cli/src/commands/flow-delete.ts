import { connect, type ConnectionOptions } from "../connection.ts";

export async function flowDelete(namespace: string, id: string, options: ConnectionOptions): Promise<number> {
  await connect(options).deleteFlow(namespace, id);
  process.stdout.write(`deleted ${namespace}.${id}\n`);
  return 0;
}

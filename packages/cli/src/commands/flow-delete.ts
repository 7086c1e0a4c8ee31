import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { missingFlow } from "../api-client/nearest-flow.ts";

export async function flowDelete(namespace: string, id: string, options: ConnectionOptions): Promise<number> {
  const client = connect(options);
  if ((await client.getFlow(namespace, id)) === undefined) throw await missingFlow(client, namespace, id);
  await client.deleteFlow(namespace, id);
  process.stdout.write(`deleted ${namespace}.${id}\n`);
  return 0;
}

import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";
import { missingFlow } from "../api-client/nearest-flow.ts";

export interface FlowGetOptions extends ConnectionOptions {
  readonly revision?: number;
}

/** Prints the source exactly as it was stored. */
export async function flowGet(namespace: string, id: string, options: FlowGetOptions): Promise<number> {
  const client = connect(options);
  const flow = await client.getFlow(namespace, id, options.revision);
  if (flow?.source === undefined) {
    const latest = options.revision === undefined ? undefined : await client.getFlow(namespace, id);
    if (latest === undefined) throw await missingFlow(client, namespace, id);
    throw new Mistake(`${namespace}.${id} has no revision ${options.revision} — its latest one is ${latest.revision}`, {
      exitCode: 1,
    });
  }
  process.stdout.write(flow.source.endsWith("\n") ? flow.source : `${flow.source}\n`);
  return 0;
}

import { connect, type ConnectionOptions } from "../connection.ts";
import { Mistake } from "../mistake.ts";

export interface FlowGetOptions extends ConnectionOptions {
  readonly revision?: number;
}

/** Prints the source exactly as it was stored. */
export async function flowGet(namespace: string, id: string, options: FlowGetOptions): Promise<number> {
  const flow = await connect(options).getFlow(namespace, id, options.revision);
  if (flow?.source === undefined) throw new Mistake(`the server has no flow ${namespace}.${id}`, { exitCode: 1 });
  process.stdout.write(flow.source.endsWith("\n") ? flow.source : `${flow.source}\n`);
  return 0;
}

import type { Client } from "../client.ts";
import { connect, type ConnectionOptions } from "../connection.ts";
import { type FlowFile, flowKeyOf, readFlowFiles } from "../flow-files.ts";
import { Mistake } from "../mistake.ts";

/** Creates or updates every flow; a refused one is told, and the others are still applied. */
export async function flowApply(paths: readonly string[], options: ConnectionOptions): Promise<number> {
  const client = connect(options);
  let refused = 0;
  for (const file of await readFlowFiles(paths)) {
    try {
      process.stdout.write(`${await applyFlow(client, file)}\n`);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      refused += 1;
      process.stderr.write(`${file.path}: ${error.message}\n`);
    }
  }
  return refused === 0 ? 0 : 1;
}

async function applyFlow(client: Client, file: FlowFile): Promise<string> {
  const { namespace, id } = flowKeyOf(file);
  const before = await client.getFlow(namespace, id);
  if (before === undefined) {
    const { revision } = await client.createFlow(file.source);
    return `created ${namespace}.${id} revision ${revision}`;
  }
  const { revision } = await client.updateFlow(namespace, id, file.source);
  return `${revision === before.revision ? "unchanged" : "updated"} ${namespace}.${id} revision ${revision}`;
}

import type { Client } from "../api-client/client.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { assertEachFlowOnce, type NamedFlow, readNamedFlows, tellLeftOut } from "../flow-files.ts";
import { Mistake } from "../mistake.ts";

export interface FlowApplyOptions extends ConnectionOptions {
  readonly dryRun?: boolean;
}

type Outcome = "created" | "updated" | "unchanged" | "refused";

/** Creates or updates every flow; one that can't be read, or is refused, is told, and the others are still applied. */
export async function flowApply(paths: readonly string[], options: FlowApplyOptions): Promise<number> {
  const { files, unreadable, others } = await readNamedFlows(paths);
  assertEachFlowOnce(files);
  const client = connect(options);
  tellLeftOut({ others, unreadable });
  const counts: Record<Outcome, number> = { created: 0, updated: 0, unchanged: 0, refused: unreadable.length };
  for (const file of files) counts[await applyOrTell(client, file, options.dryRun === true)] += 1;
  if (files.length + unreadable.length > 1) {
    const parts = Object.entries(counts).filter(([, count]) => count > 0);
    process.stdout.write(`${parts.map(([outcome, count]) => `${count} ${outcome}`).join(", ")}\n`);
  }
  return counts.refused === 0 ? 0 : 1;
}

async function applyOrTell(client: Client, file: NamedFlow, isDryRun: boolean): Promise<Outcome> {
  try {
    const { outcome, text } = await (isDryRun ? previewFlow(client, file) : applyFlow(client, file));
    process.stdout.write(`${outcome} ${text}\n`);
    return outcome;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    process.stderr.write(`${file.path}: ${error.message}\n`);
    return "refused";
  }
}

interface Applied {
  readonly outcome: Outcome;
  readonly text: string;
}

async function applyFlow(client: Client, file: NamedFlow): Promise<Applied> {
  const { namespace, id } = file;
  const before = await client.getFlow(namespace, id);
  if (before?.source === file.source)
    return { outcome: "unchanged", text: `${namespace}.${id} revision ${before.revision}` };
  const { revision } =
    before === undefined ? await client.createFlow(file.source) : await client.updateFlow(namespace, id, file.source);
  const outcome = before === undefined ? "created" : revision === before.revision ? "unchanged" : "updated";
  return { outcome, text: `${namespace}.${id} revision ${revision}` };
}

/** What `applyFlow` would do, and the mistakes for which the server would refuse the flow. */
async function previewFlow(client: Client, file: NamedFlow): Promise<Applied> {
  const { namespace, id } = file;
  const before = await client.getFlow(namespace, id);
  const text = `${namespace}.${id} (dry run)`;
  if (before?.source === file.source) return { outcome: "unchanged", text };
  const { constraints } = await client.validateFlow(file.source);
  if (constraints !== undefined) throw new Mistake(constraints, { exitCode: 1 });
  return { outcome: before === undefined ? "created" : "updated", text };
}

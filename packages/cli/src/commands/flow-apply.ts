import type { Client } from "../api-client/client.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { type FlowFile, flowKeyOf, readFlowFiles } from "../flow-files.ts";
import { Mistake } from "../mistake.ts";

export interface FlowApplyOptions extends ConnectionOptions {
  readonly dryRun?: boolean;
}

type Outcome = "created" | "updated" | "unchanged" | "refused";

/** Creates or updates every flow; a refused one is told, and the others are still applied. */
export async function flowApply(paths: readonly string[], options: FlowApplyOptions): Promise<number> {
  const files = await readFlowFiles(paths);
  assertEachFlowOnce(files);
  const client = connect(options);
  const counts: Record<Outcome, number> = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const file of files) counts[await applyOrTell(client, file, options.dryRun === true)] += 1;
  if (files.length > 1) {
    const parts = Object.entries(counts).filter(([, count]) => count > 0);
    process.stdout.write(`${parts.map(([outcome, count]) => `${count} ${outcome}`).join(", ")}\n`);
  }
  return counts.refused === 0 ? 0 : 1;
}

/** Of two files for one flow, the second would undo the first at every call. */
function assertEachFlowOnce(files: readonly FlowFile[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const { namespace, id } = flowKeyOf(file);
    const key = `${namespace}.${id}`;
    const earlier = seen.get(key);
    if (earlier !== undefined)
      throw new Mistake(`${file.path}: ${earlier} holds the flow ${key} as well — give one of them another id`);
    seen.set(key, file.path);
  }
}

async function applyOrTell(client: Client, file: FlowFile, isDryRun: boolean): Promise<Outcome> {
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

async function applyFlow(client: Client, file: FlowFile): Promise<Applied> {
  const { namespace, id } = flowKeyOf(file);
  const before = await client.getFlow(namespace, id);
  if (before?.source === file.source)
    return { outcome: "unchanged", text: `${namespace}.${id} revision ${before.revision}` };
  const { revision } =
    before === undefined ? await client.createFlow(file.source) : await client.updateFlow(namespace, id, file.source);
  const outcome = before === undefined ? "created" : revision === before.revision ? "unchanged" : "updated";
  return { outcome, text: `${namespace}.${id} revision ${revision}` };
}

/** What `applyFlow` would do, and the mistakes for which the server would refuse the flow. */
async function previewFlow(client: Client, file: FlowFile): Promise<Applied> {
  const { namespace, id } = flowKeyOf(file);
  const before = await client.getFlow(namespace, id);
  const text = `${namespace}.${id} (dry run)`;
  if (before?.source === file.source) return { outcome: "unchanged", text };
  const { constraints } = await client.validateFlow(file.source);
  if (constraints !== undefined) throw new Mistake(constraints, { exitCode: 1 });
  return { outcome: before === undefined ? "created" : "updated", text };
}

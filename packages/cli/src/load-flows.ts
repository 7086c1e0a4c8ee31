import { formatDiagnostic } from "@capstan/model";
import { RequestError } from "@capstan/runtime";
import type { Assembly } from "./assemble.ts";
import { type FlowFile, readFlowFiles } from "./flow-files.ts";
import { TENANT } from "./tenant.ts";

/** What became of the flows of a folder. */
export interface LoadedFlows {
  readonly changed: number;
  readonly unchanged: number;
  /** Stored, although the check has warnings. */
  readonly warned: number;
  readonly refused: number;
}

type Outcome = "changed" | "warned" | "unchanged" | "refused";

/** Stores the flows of a folder that are not stored yet. One that can't be read, or has mistakes, is told and left out. */
export async function loadFlows(assembly: Assembly, folder: string): Promise<LoadedFlows> {
  const { files, unreadable, others } = await readFlowFiles([folder]);
  for (const other of others) assembly.logger.debug(other);
  for (const { message } of unreadable) assembly.logger.warn({ problems: [message] }, "flow left out");
  // Together, so that they share commits.
  const outcomes = await Promise.all(files.map((file) => loadFlow(assembly, file)));
  const count = (...wanted: readonly Outcome[]) => outcomes.filter((outcome) => wanted.includes(outcome)).length;
  return {
    changed: count("changed", "warned"),
    unchanged: count("unchanged"),
    warned: count("warned"),
    refused: count("refused") + unreadable.length,
  };
}

async function loadFlow({ runtime, logger }: Assembly, file: FlowFile): Promise<Outcome> {
  if (await isStored({ runtime }, file)) return "unchanged";
  try {
    const {
      row,
      changed,
      checked: { diagnostics },
    } = await runtime.flows.save(TENANT, file.source, { mode: "apply" });
    for (const diagnostic of diagnostics) logger.debug({ file: file.path }, formatDiagnostic(file.path, diagnostic));
    if (!changed) return "unchanged";
    logger.debug({ file: file.path, namespace: row.namespace, flow: row.id, revision: row.revision }, "flow loaded");
    return diagnostics.some(({ severity }) => severity === "warning") ? "warned" : "changed";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    logger.warn({ file: file.path, problems: error.problems }, "flow left out");
    return "refused";
  }
}

/** Spares the check of a flow that was checked when it was stored; a name that is not read here is found by the check. */
async function isStored({ runtime }: Pick<Assembly, "runtime">, { source }: FlowFile): Promise<boolean> {
  const id = /^id:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  const namespace = /^namespace:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  if (id === undefined || namespace === undefined) return false;
  return (await runtime.flows.get({ tenant: TENANT, namespace, id }))?.source === source;
}

import type { executionArchiveRoutes } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import { commitFor, flowRowOf } from "@capstan/runtime";
import type { CommitUnit } from "@capstan/store";
import { writeZip } from "../archive/write-zip.ts";
import { type History, readHistory } from "../history/read-history.ts";
import { historyEntries } from "../history/write-history.ts";
import { once, type RequestKey } from "../idempotency/once.ts";
import type { Call, Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { readFormFile } from "../requests/form.ts";
import { executionFolder } from "../requests/storage-paths.ts";
import type { ApiService, Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { existingExecution, shownExecution } from "./execution-lookup.ts";
import { readWhole } from "./flow-archives.ts";

type Import = Call<(typeof executionArchiveRoutes)["importExecution"]>;

export function executionArchiveHandlers(service: ApiService): Handlers<typeof executionArchiveRoutes> {
  /** Ids that are being imported: two at the same time would both find that there is no such execution. */
  const importing = new Set<string>();
  return {
    exportExecution: async ({ tenant, parameters: { executionId }, reply }) => {
      const found = await existingExecution(service, tenant, executionId);
      // What runs after the end is part of it.
      if (![found.row, ...found.taskRuns].every(({ state }) => isTerminal(state)))
        throw new Refusal(
          "execution-not-ended",
          `The execution ${executionId} is ${found.row.state} and still worked on: wait for its end, or kill it, to export it`,
        );
      reply.header("content-disposition", attachment(`${executionId}.zip`));
      return writeZip(historyEntries(service, found));
    },
    importExecution: once(service, (call, key) => importExecution(service, call, key, importing), {
      again: async ({ tenant }, id) => ({ ...(await shownExecution(service, tenant, id)), warnings: [] }),
    }),
  };
}

async function importExecution(
  service: Service,
  { tenant, request }: Import,
  key: RequestKey | undefined,
  importing: Set<string>,
): Promise<object> {
  const { limits, runtime, now } = service;
  let history: History | undefined;
  const read = async (content: Parameters<typeof readWhole>[0]) => {
    history = await readHistory(tenant, await readWhole(content, limits.archiveBytesMax), limits);
  };
  await readFormFile(request, "fileUpload", read, key?.fingerprint);
  const { row, taskRuns } = history!;
  if (importing.has(row.id)) throw executionExists(row.id);
  importing.add(row.id);
  try {
    if ((await runtime.store.executions.get(tenant, row.id)) !== undefined) throw executionExists(row.id);
    const warnings = await store(service, history!, key);
    return { ...presentExecution({ ...row, labels: labelsOf(row) }, taskRuns, now()), warnings };
  } finally {
    importing.delete(row.id);
  }
}

function executionExists(id: string): Refusal {
  return new Refusal("execution-exists", `There is an execution ${id} already: nothing was imported`);
}

/** Files first: rows that name them are there only when they are. Answers what is different here. */
async function store(service: Service, history: History, key: RequestKey | undefined): Promise<readonly string[]> {
  const { storage, store: rows } = service.runtime;
  const { row, taskRuns, logs, metrics, files } = history;
  const { tenant, id: executionId } = row;
  const folder = executionFolder(row);
  const { flows, warnings } = await flowOf(service, history);
  const unit: CommitUnit = {
    ...flows,
    executions: [{ ...row, labels: labelsOf(row) }],
    taskRuns: taskRuns.map((run) => ({ tenant, executionId, row: run })),
    logs,
    metrics,
  };
  try {
    for (const file of files) await storage.put(tenant, `${folder}/${file.name}`, await file.content());
    await commitFor(key?.identified(), rows, unit, { executionId });
  } catch (error) {
    await storage.delete(tenant, folder);
    throw error;
  }
  return warnings;
}

const IMPORTED = { key: "system.imported", value: "true" };

function labelsOf({ labels }: History["row"]): History["row"]["labels"] {
  return [...labels.filter(({ key }) => key !== IMPORTED.key), IMPORTED];
}

/**
 * A flow that was never here is stored as a deleted one: the execution can be looked at with it, and it starts nothing. Revisions that
 * are here stay as they are.
 */
async function flowOf(
  { runtime, now }: Service,
  { row, flow: source }: History,
): Promise<{ readonly flows: Pick<CommitUnit, "flows" | "appliedFlows">; readonly warnings: readonly string[] }> {
  const { tenant, namespace, flowId: id, flowRevision: revision } = row;
  const key = { tenant, namespace, id };
  const shown = `revision ${revision} of the flow ${namespace}.${id}`;
  const nothing = (...warnings: readonly string[]) => ({ flows: {}, warnings });
  const here = await runtime.store.flows.get(key, { revision });
  if (here !== undefined)
    return here.source === source || source === undefined
      ? nothing()
      : nothing(`${shown} is another one here: the execution is shown with the one that is here`);
  if (source === undefined) return nothing(`the archive has no source of ${shown}`);
  if ((await runtime.store.flows.get(key, { includeDeleted: true })) !== undefined)
    return nothing(`${shown} is not here, where the flow has others: the execution is shown without its flow`);
  const { flow } = runtime.flows.check(source);
  if (flow?.id !== id || flow.namespace !== namespace)
    return nothing(`${shown} can't be read here: the execution is shown without its flow`);
  const stored = { ...flowRowOf(tenant, flow, source, revision, now()), deleted: true };
  return { flows: { flows: [stored], appliedFlows: [{ ...key, revision }] }, warnings: [] };
}

import { executionFolder, type Storage } from "@capstan/storage";
import type { CommitUnit, FlowKey, Span, Store } from "@capstan/store";
import { compareIds } from "./compare-ids.ts";

/**
 * Files of executions go after their rows. What is to go is a document that is written with the removal of the rows and taken when
 * the files are gone, so that a crash between the two leaves none behind: see `finish`.
 */
export interface RemovedFiles {
  /** The part of the commit that removes the rows; there is one execution at least. */
  note(tenant: string, executions: readonly FileOwner[]): CommitUnit;
  /** Removes the files, then the note; answers how many files there were. */
  remove(tenant: string, executions: readonly FileOwner[]): Promise<number>;
  /** A commit before a span is removed. */
  noteSpan(tenant: string, span: Span): Promise<void>;
  /** Removes the files of a span whose rows are gone, then the note: the flows are those that had executions in it. */
  removeSpan(tenant: string, span: Span, flows: readonly FlowKey[]): Promise<number>;
  /** Does for a tenant what a process that ended left undone. */
  finish(tenant: string): Promise<void>;
}

export interface FileOwner {
  readonly id: string;
  readonly namespace: string;
  readonly flowId: string;
}

const KIND = "removed-files";

/** What a note says. */
type Note = { readonly folders: readonly Folder[] } | { readonly span: Span };
interface Folder {
  readonly id: string;
  readonly path: string;
}

export function createRemovedFiles(store: Store, storage: Storage, now: () => number): RemovedFiles {
  const noteOf = (tenant: string, id: string, body: Note): CommitUnit => ({
    documents: [{ tenant, kind: KIND, id, body: structuredClone(body) as never, updatedAt: now() }],
  });
  const take = (tenant: string, id: string): Promise<void> =>
    store.commit({ removedDocuments: [{ tenant, kind: KIND, id }] });
  const removeFolder = async (tenant: string, path: string): Promise<number> => {
    let count = 0;
    for await (const _file of storage.walk(tenant, path)) count += 1;
    await storage.delete(tenant, path);
    return count;
  };
  const isGone = async (tenant: string, id: string) => (await store.executions.get(tenant, id)) === undefined;
  const removeOf = async (span: Span, { tenant, namespace, id: flowId }: FlowKey): Promise<number> => {
    let count = 0;
    const folder = executionFolder({ namespace, flowId, executionId: "" }).slice(0, -1);
    for (const { name, path } of await storage.list(tenant, folder)) {
      const isOfSpan = compareIds(name, span.least) >= 0 && compareIds(name, span.end) < 0;
      if (isOfSpan && (await isGone(tenant, name))) count += await removeFolder(tenant, path);
    }
    return count;
  };
  return {
    note: (tenant, executions) => noteOf(tenant, executions[0]!.id, { folders: executions.map(folderOf) }),
    remove: async (tenant, executions) => {
      let count = 0;
      for (const execution of executions) count += await removeFolder(tenant, folderOf(execution).path);
      await take(tenant, executions[0]!.id);
      return count;
    },
    noteSpan: (tenant, span) => store.commit(noteOf(tenant, span.name, { span })),
    removeSpan: async (tenant, span, flows) => {
      let count = 0;
      for (const flow of flows) if (flow.tenant === tenant) count += await removeOf(span, flow);
      await take(tenant, span.name);
      return count;
    },
    finish: async (tenant) => {
      for (const { id, body } of await store.documents.list(tenant, KIND)) {
        const note = body as unknown as Note;
        if ("folders" in note) {
          for (const folder of note.folders)
            if (await isGone(tenant, folder.id)) await removeFolder(tenant, folder.path);
        } else for (const flow of await store.flows.keys(tenant)) await removeOf(note.span, flow);
        await take(tenant, id);
      }
    },
  };
}

function folderOf({ id, namespace, flowId }: FileOwner): Folder {
  return { id, path: executionFolder({ namespace, flowId, executionId: id }) };
}

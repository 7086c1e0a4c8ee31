import { type LiveExecution, restoreLive, type State } from "@capstan/engine";
import type { DocumentKey, Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { Executor } from "../executor/executor.ts";
import type { FlowRegistry } from "../executor/flows.ts";

/** An execution came into a state. */
export interface Change {
  readonly execution: LiveExecution;
  readonly state: State;
  /** Epoch milliseconds. */
  readonly date: number;
  /** Names the change: an execution may come into a state again. */
  readonly note: DocumentKey;
  /** The process that saw it died; what it started may exist. */
  readonly isAgain: boolean;
}

/** Changes of state that flow triggers have not looked at to the end, durable. */
export interface ChangeNotes {
  /** Notes a change in the commit that makes it. */
  note(execution: LiveExecution): Change;
  /** What an earlier process left, oldest first. */
  unread(tenant: string): Promise<readonly Change[]>;
}

interface Note {
  readonly executionId: string;
  readonly state: State;
  readonly date: number;
}

const KIND = "flow-trigger-change";

export function createChangeNotes(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly flows: FlowRegistry;
  readonly executor: Executor;
}): ChangeNotes {
  const { store, clock, flows, executor } = parts;
  const restored = async (tenant: string, id: string): Promise<LiveExecution | undefined> => {
    const live = executor.get({ tenant, id });
    if (live !== undefined) return live;
    const row = await store.executions.get(tenant, id);
    if (row === undefined) return undefined;
    const { plan } = await flows.compiled({ tenant, namespace: row.namespace, id: row.flowId }, row.flowRevision);
    return restoreLive(plan, row, await store.executions.taskRuns(tenant, id));
  };
  return {
    note: (execution) => {
      const { tenant, id, state, history } = execution;
      const note = { tenant, kind: KIND, id: `${id}/${history.length}` };
      const date = history.at(-1)?.date ?? clock.now();
      const body = { executionId: id, state, date } satisfies Note;
      executor.unit.document({ ...note, body, updatedAt: clock.now() });
      return { execution, state, date, note, isAgain: false };
    },
    unread: async (tenant) => {
      const changes: Change[] = [];
      for (const { kind, id, body } of await store.documents.list(tenant, KIND)) {
        const { executionId, state, date } = body as unknown as Note;
        const note = { tenant, kind, id };
        const execution = await restored(tenant, executionId);
        if (execution === undefined) executor.unit.removeDocument(note);
        else changes.push({ execution, state, date, note, isAgain: true });
      }
      return changes.toSorted((left, right) => left.date - right.date);
    },
  };
}

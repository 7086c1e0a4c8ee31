import type { LiveExecution, State } from "@capstan/engine";
import type { MessageKey, MessageRow, Store } from "@capstan/store";
import type { Logger } from "pino";
import { RequestError } from "../errors.ts";
import type { Executor, StateEffect } from "../executor/executor.ts";

/** An execution came into a state. */
export interface Change {
  readonly execution: LiveExecution;
  readonly state: State;
  /** Where it is in the history: an execution may come into a state again. */
  readonly position: number;
  /** The process that saw it died; what it started may exist. */
  readonly isAgain: boolean;
  /** Names of triggers that have looked at it, which is durable. */
  readonly looked: Set<string>;
  readonly note: MessageKey;
}

/** Changes of state that flow triggers have not looked at to the end, durable. */
export interface ChangeNotes {
  /** Notes a change in the commit that makes it; answers it once that is durable. */
  note(execution: LiveExecution, effect: StateEffect, durable: (change: Change) => void): void;
  /**
   * That a trigger has looked at it: to be written together with what the trigger made of it, so that this counts once. A row of its own, so
   * that triggers may look at the same time.
   */
  looked(change: Change, trigger: string): MessageRow;
  /** Everybody has looked at it. */
  strike(change: Change): void;
  /** What an earlier process left, oldest first. */
  unread(): Promise<readonly Change[]>;
}

/** Before the position of a change in the history of its execution. */
const CHANGE = "flow-triggers/";

export function createChangeNotes(parts: {
  readonly store: Store;
  readonly executor: Executor;
  readonly logger: Logger;
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
}): ChangeNotes {
  const { store, executor, logger } = parts;
  /** Whose flow is missing, or no longer valid, can't be looked at; the note stays until it can. */
  const restore = async ({ tenant, executionId }: MessageKey): Promise<LiveExecution | undefined | "unreadable"> => {
    try {
      return await parts.restore(tenant, executionId);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      logger.error({ executionId, err: error }, "a change that flow triggers are to look at can't be read");
      return "unreadable";
    }
  };
  const remove = ({ note, looked }: Pick<Change, "note" | "looked">) => {
    for (const trigger of looked) executor.unit.takeMessage(lookedAt(note, trigger));
    executor.unit.takeMessage(note);
  };
  return {
    note: (execution, { state, position }, durable) => {
      const { tenant, id: executionId } = execution;
      const note = { tenant, executionId, id: `${CHANGE}${position}` };
      const { unit } = executor;
      unit.message({ ...note, body: [] });
      unit.whenDurable(execution, () =>
        durable({ execution, state, position, isAgain: false, looked: new Set(), note }),
      );
    },
    looked: ({ note }, trigger) => ({ ...lookedAt(note, trigger), body: [] }),
    strike: (change) => {
      // The next process finds it, and that everybody has looked.
      if (!executor.isStopped) remove(change);
    },
    unread: async () => {
      const changes: Change[] = [];
      for (const { note, position, looked } of notesIn(await store.messages.all())) {
        const execution = await restore(note);
        if (execution === "unreadable") continue;
        const state = execution?.history[position]?.state;
        if (execution === undefined || state === undefined) remove({ note, looked });
        else changes.push({ execution, state, position, isAgain: true, looked, note });
      }
      return changes.toSorted((left, right) => dateOf(left) - dateOf(right));
    },
  };
}

type Note = Pick<Change, "note" | "position" | "looked">;

function notesIn(messages: readonly MessageKey[]): readonly Note[] {
  const notes = new Map<string, Note>();
  const own = messages.filter(({ id }) => id.startsWith(CHANGE));
  // A note comes before those that say who has looked.
  for (const { tenant, executionId, id } of own.toSorted((left, right) => left.id.length - right.id.length)) {
    const [position = "", ...trigger] = id.slice(CHANGE.length).split("/");
    const note = { tenant, executionId, id: `${CHANGE}${position}` };
    const name = `${tenant}/${executionId}/${position}`;
    if (trigger.length > 0) notes.get(name)?.looked.add(trigger.join("/"));
    else notes.set(name, { note, position: Number(position), looked: new Set() });
  }
  return [...notes.values()];
}

function lookedAt({ id, ...note }: MessageKey, trigger: string): MessageKey {
  return { ...note, id: `${id}/${trigger}` };
}

/** When it happened, in epoch milliseconds. */
export function dateOf({ execution, position }: Change): number {
  return execution.history[position]!.date;
}

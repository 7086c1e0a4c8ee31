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
  /** That a trigger has looked at it: to be written together with what the trigger made of it, so that this counts once. */
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
    looked: ({ note, looked }, trigger) => ({ ...note, body: [...looked, trigger] }),
    strike: ({ note }) => {
      // The next process finds it, and that everybody has looked.
      if (!executor.isStopped) executor.unit.takeMessage(note);
    },
    unread: async () => {
      const changes: Change[] = [];
      for (const { body, ...note } of await store.messages.all()) {
        if (!note.id.startsWith(CHANGE)) continue;
        const position = Number(note.id.slice(CHANGE.length));
        const execution = await restore(note);
        if (execution === "unreadable") continue;
        const state = execution?.history[position]?.state;
        if (execution === undefined || state === undefined) executor.unit.takeMessage(note);
        else changes.push({ execution, state, position, isAgain: true, looked: new Set(body as string[]), note });
      }
      return changes.toSorted((left, right) => dateOf(left) - dateOf(right));
    },
  };
}

/** When it happened, in epoch milliseconds. */
export function dateOf({ execution, position }: Change): number {
  return execution.history[position]!.date;
}

import { isTerminal } from "@capstan/model";
import type { ExecutionWithRuns, FollowEvent, SlotStanding } from "@capstan/runtime";
import type { ExecutionRow, LogBatch, Store } from "@capstan/store";
import { requestError } from "./request-error.ts";

/** Executions that tests change by hand, and who follows them. */
export interface ExecutionTable {
  /** Every execution by its id, as it is in the store. */
  readonly known: ReadonlyMap<string, ExecutionWithRuns>;
  /** Of those in the queue of their flow, for tests to set. */
  readonly standings: Map<string, SlotStanding>;
  readonly newId: () => string;
  /** Throws 404. */
  readonly required: (id: string) => ExecutionWithRuns;
  readonly keep: (execution: ExecutionWithRuns) => void;
  readonly remove: (id: string) => boolean;
  /** Changes an execution and tells those who follow; a state goes into its history. */
  readonly change: (id: string, edit: Partial<ExecutionRow>) => ExecutionRow;
  readonly follow: (id: string, listener: (event: FollowEvent) => void) => { stop(): void };
  readonly followLogs: (id: string, listener: (batch: LogBatch) => void) => { stop(): void };
  /** Stores a batch of log lines and tells those who follow. */
  readonly log: (batch: LogBatch) => void;
}

export function createExecutionTable(store: Store, now: () => number): ExecutionTable {
  const followers = createFollowers<FollowEvent>();
  const logFollowers = createFollowers<LogBatch>();
  const known = new Map<string, ExecutionWithRuns>();
  let counter = 0;
  const required = (id: string) => {
    const found = known.get(id);
    if (found === undefined) throw requestError("execution-not-found", `no execution ${id}`);
    return found;
  };
  const keep = ({ row, taskRuns }: ExecutionWithRuns) => {
    known.set(row.id, { row, taskRuns });
    const { tenant, id: executionId } = row;
    void store.commit({ executions: [row], taskRuns: taskRuns.map((run) => ({ tenant, executionId, row: run })) });
  };
  return {
    known,
    standings: new Map(),
    newId: () => `execution0000000000${(counter += 1)}`,
    required,
    keep,
    remove: (id) => known.delete(id),
    change: (id, edit) => {
      const { row, taskRuns } = required(id);
      const history = edit.state === undefined ? row.history : [...row.history, { state: edit.state, date: now() }];
      const changed = { row: { ...row, history, ...edit }, taskRuns };
      keep(changed);
      followers.tell(id, eventOf(changed));
      return changed.row;
    },
    follow: (id, listener) => {
      const following = followers.add(id, listener);
      const found = known.get(id);
      if (found !== undefined) queueMicrotask(() => listener(eventOf(found)));
      return following;
    },
    followLogs: (id, listener) => logFollowers.add(id, listener),
    log: (batch) => {
      void store.commit({ logs: [batch] });
      logFollowers.tell(batch.executionId ?? "", batch);
    },
  };
}

function eventOf({ row, taskRuns }: ExecutionWithRuns): FollowEvent {
  return { row, taskRuns, last: isTerminal(row.state) };
}

function createFollowers<Event>() {
  const byId = new Map<string, Set<(event: Event) => void>>();
  return {
    add: (id: string, listener: (event: Event) => void) => {
      const listeners = byId.get(id) ?? new Set();
      byId.set(id, listeners.add(listener));
      return { stop: () => void listeners.delete(listener) };
    },
    tell: (id: string, event: Event) => {
      for (const listener of byId.get(id) ?? []) listener(event);
    },
  };
}

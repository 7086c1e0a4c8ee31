import type { LogBatch } from "@capstan/store";
import { nameOf, type LiveKey } from "./live-key.ts";

/** Who wants to hear of an execution's commits. */
export interface Followers {
  /** Calls back after each commit that changed the execution. */
  onChange(key: LiveKey, listener: () => void): () => void;
  onLogs(key: LiveKey, listener: (batch: LogBatch) => void): () => void;
  changed(key: LiveKey): void;
  logged(batch: LogBatch): void;
}

export function createFollowers(): Followers {
  const changes = new Map<string, Set<() => void>>();
  const logs = new Map<string, Set<(batch: LogBatch) => void>>();
  return {
    onChange: (key, listener) => add(changes, nameOf(key), listener),
    onLogs: (key, listener) => add(logs, nameOf(key), listener),
    changed: (key) => {
      for (const listener of changes.get(nameOf(key)) ?? []) listener();
    },
    logged: (batch) => {
      if (batch.executionId === undefined) return;
      const name = nameOf({ tenant: batch.tenant, id: batch.executionId });
      for (const listener of logs.get(name) ?? []) listener(batch);
    },
  };
}

function add<Listener>(listeners: Map<string, Set<Listener>>, name: string, listener: Listener): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set);
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0) listeners.delete(name);
  };
}

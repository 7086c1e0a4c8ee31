import { StoreError } from "../../errors.ts";
import type { CommitUnit, ExecutionKey, Store, TimerRow } from "../../store.ts";
import {
  documentQueries,
  flowQueries,
  idempotencyKeyQueries,
  keyValueQueries,
  triggerQueries,
} from "./administration-queries.ts";
import { applyUnit, copyUnit } from "./apply-unit.ts";
import { executionQueries } from "./execution-queries.ts";
import { expiryQueries } from "./expiry-queries.ts";
import { logQueries, metricQueries } from "./log-queries.ts";
import { compareValues } from "./page.ts";
import { emptyTables, executionKey, type Tables } from "./tables.ts";

/** What a crash left on the "disk"; opens as a new store, once. */
export interface MemorySnapshot {
  readonly tables: Tables;
}

export interface MemoryStoreOptions {
  /** Continues from what another store left behind. */
  readonly from?: MemorySnapshot;
  /**
   * Called when units wait and no flush is under way; calling `flush` makes everything that waits then durable and
   * acknowledges it. A simulation delays it; by default it runs as a microtask.
   */
  readonly whenPending?: (flush: () => void) => void;
}

export interface MemoryStore extends Store {
  /** Units handed over and not yet acknowledged, in order. */
  readonly pendingCount: number;
  /** A copy of what is durable; the store goes on. */
  snapshot(): MemorySnapshot;
  /**
   * The process dies: of the pending units the first `survivors` had become durable, the others are lost, and no
   * pending promise ever settles. The store is of no use afterwards; the next one opens with what this returns.
   */
  crash(survivors: number): MemorySnapshot;
}

/** A store for tests and simulation: exact like the real ones, with nothing behind it. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { whenPending = queueMicrotask } = options;
  const tables = options.from?.tables ?? emptyTables();
  const pending: { readonly unit: CommitUnit; readonly promise: PromiseWithResolvers<void> }[] = [];
  let phase: "new" | "open" | "closed" | "crashed" = "new";

  const opened = (): Tables => {
    if (phase !== "open") throw new StoreError("store-closed", `the store in memory is ${phase}`);
    return tables;
  };
  const flush = (): void => {
    if (phase === "crashed") return;
    for (const { unit, promise } of pending.splice(0)) {
      const refusal = applyUnit(tables, unit);
      if (refusal === undefined) promise.resolve();
      else promise.reject(refusal);
    }
  };
  return {
    start: async () => {
      phase = "open";
    },
    stop: async () => {
      flush();
      phase = "closed";
    },
    commit: async (unit) => {
      opened();
      const promise = Promise.withResolvers<void>();
      pending.push({ unit: copyUnit(unit), promise });
      if (pending.length === 1) whenPending(flush);
      return promise.promise;
    },
    get pendingCount() {
      return pending.length;
    },
    snapshot: () => ({ tables: structuredClone(tables) }),
    crash: (survivors) => {
      for (const { unit } of pending.slice(0, survivors)) applyUnit(tables, unit);
      phase = "crashed";
      return { tables };
    },
    executions: executionQueries(opened),
    logs: logQueries(opened),
    metrics: metricQueries(opened),
    flows: flowQueries(opened),
    triggers: triggerQueries(opened),
    keyValues: keyValueQueries(opened),
    timers: { all: async () => structuredClone([...opened().timers.values()].toSorted(compareTimers)) },
    messages: { all: async () => structuredClone([...opened().messages.values()]) },
    addedStarts: {
      of: async (keys) => {
        const startsOf = (key: ExecutionKey) => [...(opened().addedStarts.get(executionKey(key))?.values() ?? [])];
        const sorted = keys.map((key) => startsOf(key).toSorted((one, other) => one.number - other.number));
        return structuredClone(sorted.flat());
      },
    },
    documents: documentQueries(opened),
    idempotencyKeys: idempotencyKeyQueries(opened),
    expiry: expiryQueries(opened),
  };
}

function compareTimers(left: TimerRow, right: TimerRow): number {
  return (
    left.at - right.at ||
    compareValues(left.tenant, right.tenant) ||
    compareValues(left.executionId, right.executionId) ||
    compareValues(left.key, right.key)
  );
}

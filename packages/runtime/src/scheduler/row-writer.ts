import type { CommitUnit, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** Writes rows of triggers: what is asked for in one turn of the event loop goes into one commit, in order. */
export interface RowWriter {
  /** Resolves when the row is durable; a refused commit is tried again until it succeeds or the writer stops. */
  save(row: TriggerRow): Promise<void>;
  remove(key: TriggerKey): Promise<void>;
  /** A line for the trigger's log; not waited for. */
  log(key: TriggerKey, level: "WARN" | "ERROR", message: string): void;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
  stop(): void;
}

const RETRY_MS = 1_000;

interface Pending {
  readonly rows: TriggerRow[];
  readonly removed: TriggerKey[];
  readonly logs: NonNullable<CommitUnit["logs"]>[number][];
  readonly waiting: (() => void)[];
}

export function createRowWriter(store: Store, clock: Clock, logger: Logger): RowWriter {
  let pending = nothing();
  let isScheduled = false;
  let isWriting = false;
  let isStopped = false;
  let idleWaiters: (() => void)[] = [];

  const schedule = () => {
    if (isScheduled || isWriting) return;
    isScheduled = true;
    clock.defer(() => {
      isScheduled = false;
      void write();
    });
  };
  const write = async () => {
    const { rows, removed, logs, waiting } = pending;
    pending = nothing();
    isWriting = true;
    await commit({ triggers: rows, removedTriggers: removed, logs });
    isWriting = false;
    for (const resolve of waiting) resolve();
    if (isEmpty(pending)) settle();
    else schedule();
  };
  const commit = async (unit: CommitUnit) => {
    for (;;) {
      try {
        return await store.commit(unit);
      } catch (error) {
        logger.error({ err: error, rows: unit.triggers?.length }, "rows of triggers could not be written");
        if (isStopped) return undefined;
        await new Promise<void>((resolve) => {
          clock.setTimer(clock.now() + RETRY_MS, resolve);
        });
      }
    }
  };
  const settle = () => {
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  };
  const durable = () =>
    new Promise<void>((resolve) => {
      pending.waiting.push(resolve);
      schedule();
    });
  return {
    save: (row) => {
      pending.rows.push(row);
      return durable();
    },
    remove: (key) => {
      pending.removed.push(key);
      return durable();
    },
    log: ({ tenant, namespace, flowId, triggerId }, level, message) => {
      pending.logs.push({ tenant, namespace, flowId, triggerId, lines: [{ time: clock.now(), level, message }] });
      schedule();
    },
    idle: () =>
      new Promise<void>((resolve) => {
        idleWaiters.push(resolve);
        if (isEmpty(pending) && !isWriting) settle();
      }),
    stop: () => {
      isStopped = true;
    },
  };
}

function nothing(): Pending {
  return { rows: [], removed: [], logs: [], waiting: [] };
}

function isEmpty({ rows, removed, logs, waiting }: Pending): boolean {
  return rows.length + removed.length + logs.length + waiting.length === 0;
}

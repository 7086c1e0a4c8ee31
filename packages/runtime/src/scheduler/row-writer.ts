import type { CommitUnit, FlowVersion, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { isUnstorable } from "../executor/insist.ts";
import { tellOfOutage } from "../executor/outage-log.ts";
import { createIdleWaiters } from "../idle-waiters.ts";

/** Writes rows of triggers: what is asked for in one turn of the event loop goes into one commit, in order. */
export interface RowWriter {
  /**
   * Resolves when the row is durable; a refused commit is tried again until it succeeds or the writer stops. Rejects only when
   * the store refuses the row for good.
   */
  save(row: TriggerRow): Promise<void>;
  remove(key: TriggerKey): Promise<void>;
  /** What a revision of a flow says of its triggers is done. */
  applied(flow: FlowVersion): Promise<void>;
  /** A line for the trigger's log; not waited for. */
  log(key: TriggerKey, level: "WARN" | "ERROR", message: string): void;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
  stop(): void;
}

const RETRY_MS = 1_000;

/** What was asked for at once: a row, a row to remove, a flow that is applied, or a line. */
interface Request {
  readonly unit: Pick<CommitUnit, "triggers" | "removedTriggers" | "appliedFlows" | "logs">;
  readonly durable: PromiseWithResolvers<void>;
}

export function createRowWriter(store: Store, clock: Clock, logger: Logger): RowWriter {
  let waiting: Request[] = [];
  let isScheduled = false;
  let isWriting = false;
  let isStopped = false;
  const waiters = createIdleWaiters(() => waiting.length === 0 && !isWriting);

  const schedule = () => {
    if (isScheduled || isWriting) return;
    isScheduled = true;
    clock.defer(() => {
      isScheduled = false;
      void write();
    });
  };
  const write = async () => {
    const requests = waiting;
    waiting = [];
    isWriting = true;
    await commitAll(requests);
    isWriting = false;
    if (waiting.length > 0) schedule();
    waiters.settle();
  };
  /** Together; one by one when the store refuses something in it for good. */
  const commitAll = async (requests: readonly Request[]): Promise<void> => {
    try {
      await commit(together(requests));
      for (const { durable } of requests) durable.resolve();
    } catch (error) {
      if (requests.length > 1) await Promise.all(requests.map((request) => commitAll([request])));
      else for (const { durable } of requests) durable.reject(error);
    }
  };
  const commit = async (unit: CommitUnit) => {
    for (;;) {
      try {
        return await store.commit(unit);
      } catch (error) {
        if (isUnstorable(error)) throw error;
        tellOfOutage({ clock, logger }, error, "rows of triggers could not be written");
        if (isStopped) return undefined;
        await new Promise<void>((resolve) => {
          clock.setTimer(clock.now() + RETRY_MS, resolve);
        });
      }
    }
  };
  const ask = (unit: Request["unit"]): Promise<void> => {
    const durable = Promise.withResolvers<void>();
    waiting.push({ unit, durable });
    schedule();
    return durable.promise;
  };
  return {
    save: (row) => ask({ triggers: [row] }),
    remove: (key) => ask({ removedTriggers: [key] }),
    applied: (flow) => ask({ appliedFlows: [flow] }),
    log: ({ tenant, namespace, flowId, triggerId }, level, message) => {
      const batch = { tenant, namespace, flowId, triggerId, lines: [{ time: clock.now(), level, message }] };
      const lost = (error: unknown) => logger.error({ err: error, triggerId }, "a line of a trigger's log is lost");
      ask({ logs: [batch] }).catch(lost);
    },
    idle: waiters.wait,
    stop: () => {
      isStopped = true;
    },
  };
}

function together(requests: readonly Request[]): CommitUnit {
  return {
    triggers: requests.flatMap(({ unit }) => unit.triggers ?? []),
    removedTriggers: requests.flatMap(({ unit }) => unit.removedTriggers ?? []),
    appliedFlows: requests.flatMap(({ unit }) => unit.appliedFlows ?? []),
    logs: requests.flatMap(({ unit }) => unit.logs ?? []),
  };
}

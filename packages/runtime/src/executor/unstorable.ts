import type { LiveExecution } from "@capstan/engine";
import { StoreError, type LogBatch } from "@capstan/store";
import type { Logger } from "pino";
import type { Executor, Refusal } from "./executor.ts";

/** After so many refusals an execution is left as the store has it, until the next start. */
const REFUSALS_MAX = 4;
/** Characters of the reason that the execution shows. */
const REASON_MAX = 500;

/**
 * Fails executions that came to something which the store refuses for good. They are brought back as the store has them, which
 * forgets what can't be stored, and end there. The first time with what they logged meanwhile; when that is refused as well,
 * without; when what runs after the end is refused, without that.
 */
export function createUnstorable(parts: {
  /** An execution as the store has it; it is not taken into memory. */
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  readonly executor: () => Executor;
  /** Gives the place of an execution to the next one. */
  readonly freePlace: (execution: LiveExecution) => void;
  readonly logger: Logger;
}): (refusal: Refusal) => Promise<void> {
  const refusals = new WeakMap<LiveExecution, number>();

  const restored = async ({ tenant, id }: LiveExecution): Promise<LiveExecution | undefined> => {
    try {
      return await parts.restore(tenant, id);
    } catch (error) {
      parts.logger.error({ executionId: id, err: error }, "an execution that can't be stored can't be failed either");
      return undefined;
    }
  };
  return async ({ execution, error, logs }) => {
    const count = (refusals.get(execution) ?? 0) + 1;
    const again = count < REFUSALS_MAX ? await restored(execution) : undefined;
    const executor = parts.executor();
    // Somebody may have made it anew meanwhile.
    if (executor.get(execution) !== execution) return;
    if (again === undefined) {
      executor.drop(execution);
      parts.freePlace(execution);
      return;
    }
    refusals.set(again, count);
    const event = { type: "unstorable", reason: reasonFor(error), isLast: count > 2 } as const;
    const kept = count > 1 ? [] : logs.filter((batch) => isOfRun(again, batch));
    executor.adopt(again, event, { add: (unit) => unit.batches(kept) });
  };
}

/** Task runs that nobody will ever see have said nothing. */
function isOfRun({ runs }: LiveExecution, { taskRunIndex, taskRunId }: LogBatch): boolean {
  return taskRunIndex === undefined || runs.get(taskRunIndex)?.id === taskRunId;
}

/** Why an execution failed of which something can't be stored, for its log and its state. */
export function reasonFor(error: unknown): string {
  const detail = error instanceof StoreError ? error.detail : String(error);
  return `what the execution came to can't be stored: ${detail.slice(0, REASON_MAX)}`;
}

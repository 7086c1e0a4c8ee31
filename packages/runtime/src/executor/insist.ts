import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** How long to wait before a refused commit is tried again, in milliseconds. */
export const COMMIT_RETRY_MS = 500;

/** Whether the store refused something for its content: trying again can't help. */
export function isUnstorable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === "store-invalid";
}

export interface InsistParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly executor: { readonly isStopped: boolean };
}

/**
 * Commits what nobody would ask for again: a refused commit is tried until it succeeds. Rejects when the store refuses the
 * content itself, and when the process stops: the next one does it then.
 */
export async function commitInsisting(parts: InsistParts, unit: CommitUnit): Promise<void> {
  const { store, clock, logger, executor } = parts;
  for (;;) {
    try {
      return await store.commit(unit);
    } catch (error) {
      if (isUnstorable(error) || executor.isStopped) throw error;
      logger.error({ err: error }, "commit refused; it is tried again");
      await new Promise<void>((resolve) => {
        clock.setTimer(clock.now() + COMMIT_RETRY_MS, resolve);
      });
      if (executor.isStopped) throw error;
    }
  }
}

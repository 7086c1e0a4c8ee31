import type { CommitUnit, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** How long to wait before a refused commit is tried again, in milliseconds. */
export const COMMIT_RETRY_MS = 500;

/** Commits what nobody would ask for again: a refused commit is tried until it succeeds. */
export async function commitInsisting(store: Store, unit: CommitUnit, clock: Clock, logger: Logger): Promise<void> {
  for (;;) {
    try {
      return await store.commit(unit);
    } catch (error) {
      logger.error({ err: error }, "commit refused; it is tried again");
      await new Promise<void>((resolve) => {
        clock.setTimer(clock.now() + COMMIT_RETRY_MS, resolve);
      });
    }
  }
}

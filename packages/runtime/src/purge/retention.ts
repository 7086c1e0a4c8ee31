import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { ExecutionService } from "../services.ts";
import { purgeWholeBatches } from "./purge-logs.ts";
import { DAY_MS, endOfDays, expiredLogs, expiryOf, type RetentionPolicy } from "./retention-policy.ts";

/** Removes what its policy does not keep any longer, while the runtime runs. */
export interface Retention {
  /** Begins at once; then it looks at the beginning of each day (UTC). */
  start(): void;
  /** Ends what is under way between two commits. */
  stop(): Promise<void>;
}

export interface RetentionParts {
  readonly store: Store;
  readonly executions: Pick<ExecutionService, "purge">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: RetentionPolicy;
}

/** When what failed is tried again, in milliseconds. */
const RETRY_MS = 600_000;
/**
 * How much later executions go one by one, in milliseconds: a day of which some ended only the day after goes as a whole then.
 */
const ONE_BY_ONE_AFTER_MS = 2 * DAY_MS;

export function createRetention(parts: RetentionParts): Retention {
  const { clock, logger } = parts;
  const stopping = new AbortController();
  let cancel: (() => void) | undefined;
  let working: Promise<void> | undefined;
  const wait = (until: number): void => {
    if (!stopping.signal.aborted) cancel = clock.setTimer(until, begin);
  };
  const begin = (): void => {
    working = removeExpired(parts, stopping.signal).then(
      () => wait((Math.floor(clock.now() / DAY_MS) + 1) * DAY_MS),
      (error: unknown) => {
        if (!stopping.signal.aborted) logger.warn({ err: error }, "old executions can't be removed; it is tried again");
        wait(clock.now() + RETRY_MS);
      },
    );
  };
  return {
    start: begin,
    stop: async () => {
      stopping.abort();
      cancel?.();
      await working;
    },
  };
}

async function removeExpired(
  { store, executions, clock, logger, policy }: RetentionParts,
  signal: AbortSignal,
): Promise<void> {
  const hasSpans = (await store.expiry.spans()).length > 0;
  const now = clock.now();
  const spanExpiry = expiryOf(policy, endOfDays(now));
  const expiry = hasSpans ? expiryOf(policy, endOfDays(now, ONE_BY_ONE_AFTER_MS)) : spanExpiry;
  const all = { executions: true, logs: true, metrics: true, storage: true, counted: false };
  for (const tenant of policy.tenants) {
    const began = clock.elapsedMs();
    const purged = await executions.purge({ tenant, expiry, spanExpiry, ...all, signal });
    let { logLines } = purged;
    for (const filter of expiredLogs(policy, tenant, endOfDays(now)))
      logLines += await purgeWholeBatches(store, filter, signal);
    const tookMs = Math.round(clock.elapsedMs() - began);
    if (purged.executions + logLines > 0)
      logger.info({ ...purged, logLines, tenant, tookMs }, "what is old was removed");
  }
}
